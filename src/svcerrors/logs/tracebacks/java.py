"""Stack traces of the JVM: Java, Kotlin, Scala, Groovy, Clojure."""

import re
from collections.abc import Iterator
from itertools import islice

from svcerrors._chain import CHAIN_LIMIT, Cause
from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, cause, outermost_first, told

__all__ = ["parse"]

_TYPE = r"(?P<type>(?:[\w$]{1,200}\.){0,20}[\w$]{1,200})"
_NAMED = rf"{_TYPE}(?:: (?P<message>[^\n]*))?$"

# https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace()
_THREAD = re.compile(rf'^Exception in thread "(?P<thread>[^"\n]{{0,300}})" {_NAMED}', re.MULTILINE)
_LINE = re.compile(rf"^{_NAMED}")
_WITHIN = re.compile(
    r"(?:^|[\s(])(?P<type>(?:[\w$]{1,200}\.){0,20}[\w$]{0,200}(?:Exception|Error|Throwable))(?:: (?P<message>.*))?$"
)
_FRAME = re.compile(
    r"^[ \t]{1,16}at (?P<where>[^\s()]{1,500})\("
    r"(?:(?P<file>[\w$.\-]{1,200}\.(?:java|kts?|scala|groovy|clj))(?::(?P<line>\d{1,9}))?"
    r"|(?P<none>Native Method|Unknown Source|<generated>))"
    r"\)",
    re.MULTILINE,
)
_LINKED = re.compile(rf"^(?P<indent>[ \t]{{0,20}})(?P<how>Caused by|Suppressed): {_NAMED}", re.MULTILINE)
_LAMBDA = re.compile(r"^(?:lambda\$|access\$)(\w{1,200}?)(?:\$\d{1,9})?$")
_SYNTHETIC = ("$$Lambda", "$Proxy", "CGLIB$$", "$$FastClass")
_HEAD_LINES = 50


def parse(text: str) -> Traceback | None:
    """Return the exception that a text prints: the outermost of its chain."""
    first = _FRAME.search(text)
    if first is None:
        return _fragment(text)
    head = _head(text[: first.start()].rstrip("\n").split("\n"))
    if head is None:
        return None
    named, lines = head
    begin = text.rfind(lines[0], 0, first.start())
    linked = list(islice(_LINKED.finditer(text, first.start()), CHAIN_LIMIT))
    own = text[first.start() : linked[0].start() if linked else len(text)]
    message = "\n".join([named["message"] or "", *lines[1:]])
    thread = named.groupdict().get("thread") or "main"
    causes = [_cause(one) for one in linked]
    return told(named["type"], message, text[begin:], frames=_frames(own), causes=causes, handled=thread != "main")


def _head(lines: list[str]) -> tuple[re.Match[str], list[str]] | None:
    """Return what names the exception, and the lines of its message from there on."""
    lines = lines[-_HEAD_LINES:]
    for pattern in (_THREAD, _WITHIN, _LINE):
        for at, line in enumerate(lines):
            if found := pattern.search(line[:10_000]):
                return found, lines[at:]
    return None


def _frames(text: str) -> Iterator[Frame]:
    for found in outermost_first(_FRAME, text):
        owner, _, function = found["where"].rpartition(".")
        if any(mark in found["where"] for mark in _SYNTHETIC):
            continue
        package, dot, name = owner.rpartition("/")[2].rpartition(".")
        file = found["file"] or f"{name.partition('$')[0]}.java"
        path = f"{package.replace('.', '/')}/{file}" if dot else file
        plain = _LAMBDA.sub(r"\1", function)
        yield Frame(path, int(found["line"]) if found["line"] else None, plain, package or None)


def _cause(found: re.Match[str]) -> Cause:
    is_cause = found["how"] == "Caused by" and not found["indent"]
    return cause(found["type"], found["message"] or "", "cause" if is_cause else "context")


def _fragment(text: str) -> Traceback | None:
    found = _THREAD.match(text)
    if found is None:
        return None
    handled = found["thread"] != "main"
    return told(found["type"], found["message"] or "", text, handled=handled, is_fragment=True)
