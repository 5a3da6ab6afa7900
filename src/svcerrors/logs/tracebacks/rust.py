"""Panics of Rust, with a backtrace or without one."""

import re
from collections.abc import Iterator

from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, outermost_first, told

__all__ = ["parse"]

_THREAD = r"^thread '(?P<thread>[^'\n]{0,200})'(?: \(\d{1,12}\))? panicked at "
_PLACE = r"(?P<file>[^\n:']{1,1000}):(?P<line>\d{1,9}):\d{1,9}"

_START = re.compile(_THREAD, re.MULTILINE)
# Since Rust 1.73 the message stands on lines of its own.
_NEW = re.compile(_THREAD + _PLACE + r":(?:\n|$)", re.MULTILINE)
_OLD = re.compile(_THREAD + r"'(?P<message>[^\n]{0,4000}?(?:\n[^\n]{0,1000}?){0,20})', " + _PLACE + "$", re.MULTILINE)
_END = re.compile(r"^(?:stack backtrace:|note: )", re.MULTILINE)
_FRAME = re.compile(
    r"^ {1,6}\d{1,4}: (?:0x[0-9a-f]{1,16} - )?(?P<name>[^\n]{1,500})"
    r"\n {6,30}at (?P<file>[^\n]{1,1000}?):(?P<line>\d{1,9})"
    r"(?::\d{1,9})?$",
    re.MULTILINE,
)
_CLOSURE = re.compile(r"(?:::\{\{closure\}\}|::h[0-9a-f]{16}|::<[^\n]{0,300}>)+$")
_MAIN = "main"


def parse(text: str) -> Traceback | None:
    """Return the panic that a text tells of; the program goes on when another thread than the main one did."""
    start = _START.search(text)
    found = (_NEW.match(text, start.start()) or _OLD.match(text, start.start())) if start else None
    if found is None:
        return None
    rest = text[found.end() :]
    message = found.groupdict().get("message")
    end = _END.search(rest)
    words = (rest[: end.start()] if end else rest) if message is None else message
    frames = list(_frames(rest))
    if not any(frame.in_app for frame in frames):
        frames.append(Frame(found["file"], int(found["line"]), ""))
    return told(
        "panic",
        words.strip("\n"),
        text[found.start() :],
        frames=frames,
        handled=found["thread"] != _MAIN,
        is_fragment=not words.strip(),
    )


def _frames(text: str) -> Iterator[Frame]:
    for found in outermost_first(_FRAME, text):
        module, _, function = _CLOSURE.sub("", found["name"]).rpartition("::")
        yield Frame(found["file"], int(found["line"]), function, module or None)
