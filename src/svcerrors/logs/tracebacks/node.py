"""Errors of JavaScript as V8 prints them: Node, and what is compiled to it."""

import re
from collections.abc import Iterator
from itertools import islice

from svcerrors._chain import CHAIN_LIMIT, Cause
from svcerrors._frames import Frame, in_app, relative
from svcerrors.logs.tracebacks.traceback import Traceback, cause, outermost_first, told

__all__ = ["parse"]

_CODE = r"(?: \[[A-Z][A-Z0-9_]{0,100}\])?"

# https://v8.dev/docs/stack-trace-api
_STRONG = re.compile(
    rf"(?:^|[\s:(\[])(?P<type>(?:[A-Z_$][\w$]{{0,200}}?)?(?:Error|Exception|UnhandledPromiseRejection))"
    rf"{_CODE}(?:: (?P<message>.*))?$"
)
_WEAK = re.compile(rf"^\[?(?P<type>[A-Za-z_$][\w$.]{{0,200}}){_CODE}(?:: (?P<message>.*))?$")
_FRAME = re.compile(
    r"^ {4}at (?:(?P<name>[^\n(]{1,500}?) \()?(?:async )?"
    r"(?P<file>[^\n()]{1,1000}?):(?P<line>\d{1,9}):\d{1,9}\)?(?: \{)?$",
    re.MULTILINE,
)
_FIRST = re.compile(r"^ {4}at [^\n]", re.MULTILINE)
_PLACE = re.compile(r"\n{0,3}(?:file://)?(?P<file>[^\n]{1,1000}):(?P<line>\d{1,9})\n")
_CAUSE = re.compile(
    rf"^ {{2,40}}\[cause\]: \[?(?P<type>[A-Za-z_$][\w$.]{{0,200}}){_CODE}(?:: (?P<message>[^\n]*))?$", re.MULTILINE
)
# As pino-std-serializers writes it.
_LOGGED_CAUSE = re.compile(
    rf"^caused by: (?P<type>[A-Za-z_$][\w$.]{{0,200}}){_CODE}(?:: (?P<message>[^\n]*))?$", re.MULTILINE
)
_MEMBER = re.compile(rf"^ {{4}}(?P<type>[A-Z_$][\w$.]{{0,200}}){_CODE}: (?P<message>[^\n]*)$", re.MULTILINE)
_AGGREGATE = re.compile(r"^\[(?P<type>\w{0,100}Error): (?P<message>[^\n]*)\] \{\n  \[errors\]: \[\n", re.MULTILINE)
_THROWN = re.compile(r"\^\n(?P<message>[^\n]{0,4000})\n\(Use `node --trace-uncaught ", re.MULTILINE)
_HEAP = re.compile(r"^FATAL ERROR: (?P<message>[^\n]*heap out of memory)", re.MULTILINE)
_LINE = re.compile(
    rf"\[?(?P<type>\w{{0,100}}Error|UnhandledPromiseRejection){_CODE}: (?P<message>[^\n]{{0,8000}}?)(?:\] \{{)?"
)
_ALIAS = re.compile(r"^(?:async |new )| \[as [^\]]{1,200}\]$")
_WARNING = "UnhandledPromiseRejectionWarning"
_HEAD_LINES = 50


def parse(text: str) -> Traceback | None:
    """Return the error that a text prints."""
    if found := _AGGREGATE.search(text):
        members = islice(_MEMBER.finditer(text, found.end()), CHAIN_LIMIT)
        causes = [cause(one["type"], one["message"], "group") for one in members]
        return told(found["type"], found["message"], text[found.start() :], causes=causes)
    for pattern, error_type in ((_THROWN, "UncaughtException"), (_HEAP, "FatalError")):
        if found := pattern.search(text):
            return told(error_type, found["message"], text)
    first = _FIRST.search(text)
    return _error(text, first.start()) if first else _fragment(text)


def _error(text: str, first: int) -> Traceback | None:
    frames = list(_frames(text))
    head = _head(text[:first].rstrip("\n").split("\n"))
    if head is None or not frames:
        return None
    found, lines = head
    return told(
        found["type"],
        "\n".join([found["message"] or "", *lines[1:]]),
        text[text.rfind(lines[0], 0, first) :],
        frames=frames,
        causes=_causes(text),
        place=_named_place(text, found["type"], frames),
        handled=_WARNING in text[:first],
    )


def _fragment(text: str) -> Traceback | None:
    """Return the error of a line that bears a code or brackets: others name their error as Python's lines do."""
    found = _LINE.fullmatch(text)
    return told(found["type"], found["message"], text, is_fragment=True) if found else None


def _head(lines: list[str]) -> tuple[re.Match[str], list[str]] | None:
    """Return what names the error, and the lines of its message from there on."""
    lines = lines[-_HEAD_LINES:]
    after_blank = len(lines) - next((at for at, line in enumerate(reversed(lines)) if not line), len(lines))
    for pattern, begin in ((_STRONG, after_blank), (_STRONG, 0), (_WEAK, after_blank)):
        for at, line in enumerate(lines[begin:], begin):
            if found := pattern.search(line[:10_000]):
                return found, lines[at:]
    return None


def _frames(text: str) -> Iterator[Frame]:
    linked = _LOGGED_CAUSE.search(text)
    for found in outermost_first(_FRAME, text[: linked.start() if linked else None]):
        name = _ALIAS.sub("", _ALIAS.sub("", found["name"] or "")) or "<anonymous>"
        yield Frame(found["file"].removeprefix("file://"), int(found["line"]), name)


def _causes(text: str) -> list[Cause]:
    linked = (one for pattern in (_CAUSE, _LOGGED_CAUSE) for one in pattern.finditer(text))
    return [cause(one["type"], one["message"] or "") for one in islice(linked, CHAIN_LIMIT)]


def _named_place(text: str, error_type: str, frames: list[Frame]) -> str | None:
    """Return the place that stands before a SyntaxError, where none of the frames is the team's own."""
    found = _PLACE.match(text)
    if found is None or error_type != "SyntaxError" or any(frame.in_app for frame in frames):
        return None
    return f"{relative(found['file'], '')}:{found['line']}" if in_app(found["file"]) else None
