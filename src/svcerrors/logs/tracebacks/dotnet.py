"""Exceptions of .NET, as `Exception.ToString` prints them."""

import re
from collections.abc import Iterator

from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, cause, outermost_first, told

__all__ = ["parse"]

# https://learn.microsoft.com/dotnet/api/system.exception.tostring
_UNHANDLED = "Unhandled exception. "
_HEAD = re.compile(
    r"(?:^|[\s:])(?P<type>(?:[\w`+]{1,200}\.){0,20}[\w`+]{0,200}(?:Exception|Error))(?: \((?:0x)?[0-9A-Fa-f]{1,10}\))?"
    r"(?:: (?P<message>.*))?$",
    re.DOTALL,
)
_INNER = re.compile(r"\s{1,8}---> (?:\(Inner Exception #\d{1,4}\) )?")
_FRAME = re.compile(
    r"^ {1,16}at (?P<name>[^\n(]{0,500}[^\s(])\([^\n]{0,2000}?\)"
    r"(?: in (?P<file>[^\n]{1,1000}):line (?P<line>\d{1,9}))?$",
    re.MULTILINE,
)
_END = "--- End of inner exception stack trace ---"
# <Load>d__3.MoveNext, <>c__DisplayClass1_0.<Main>b__0, Program.<Main>$: the method that the compiler made it of
_GENERATED = re.compile(r"^(?P<owner>[^<]{0,400}?)\.?<.{0,200}?<?(?P<function>\w{1,200})>.{0,200}$")


def parse(text: str) -> Traceback | None:
    """Return the exception that a text prints: the outermost of its chain."""
    first = _FRAME.search(text)
    if first is None:
        return _fragment(text)
    outer, *inner = _INNER.split(text[: first.start()].rstrip("\n")[-20_000:])
    head = _head(outer)
    if head is None:
        return None
    stack = text[first.start() :].rpartition(_END)[2]
    named = (_HEAD.search(one) for one in inner[:CHAIN_LIMIT])
    causes = [cause(one["type"], one["message"] or "") for one in named if one]
    begin = text.rfind(head["type"], 0, first.start()) if not inner else text.find(head["type"])
    return told(head["type"], head["message"] or "", text[begin:], frames=_frames(stack), causes=causes)


def _head(outer: str) -> re.Match[str] | None:
    lines = outer.split("\n")
    starts = (at for at, line in enumerate(lines) if _HEAD.search(line[:10_000]))
    return next((_HEAD.search("\n".join(lines[at:])) for at in starts), None)


def _frames(text: str) -> Iterator[Frame]:
    for found in outermost_first(_FRAME, text):
        owner, _, function = found["name"].rpartition(".")
        if made := _GENERATED.match(found["name"]):
            owner, function = made["owner"], made["function"]
        yield Frame(found["file"] or owner, int(found["line"]) if found["line"] else None, function, owner or None)


def _fragment(text: str) -> Traceback | None:
    first = text.partition("\n")[0]
    found = _HEAD.search(first[:10_000]) if first.startswith(_UNHANDLED) else None
    return told(found["type"], found["message"] or "", text, is_fragment=True) if found else None
