"""Unhandled exceptions of Dart."""

import re
from collections.abc import Iterator

from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, outermost_first, told

__all__ = ["parse"]

_START = re.compile(
    r"^Unhandled exception:\n(?P<said>[^\n]{0,8000}(?:\n(?!#\d|Unhandled )[^\n]{0,2000}){0,20})\n(?=#0 )", re.MULTILINE
)
_NAMED = re.compile(
    r"(?:Instance of '(?P<class>\w{1,200})'"
    r"|(?P<type>[A-Z]\w{0,200}(?:Exception|Error)|Exception)(?: \([^\n]{0,200}\))?: )"
)
_FRAME = re.compile(
    r"^#\d{1,5} +(?P<name>[^\n]{1,500}?) \((?P<file>[^\n]{1,1000}?):(?P<line>\d{1,9})(?::\d{1,9})?\)$", re.MULTILINE
)


def parse(text: str) -> Traceback | None:
    """Return the exception that a text prints."""
    start = _START.search(text)
    if start is None:
        return None
    named = _NAMED.match(start["said"])
    error_type = (named["class"] or named["type"]) if named else "UnhandledException"
    message = start["said"][named.end() :] if named else start["said"]
    return told(error_type, message, text[start.start() :], frames=_frames(text[start.end() :]))


def _frames(text: str) -> Iterator[Frame]:
    for found in outermost_first(_FRAME, text):
        file = found["file"].removeprefix("file://")
        yield Frame(file, int(found["line"]), found["name"].replace(".<anonymous closure>", ""))
