"""Fatal errors and uncaught exceptions of PHP."""

import re
from collections.abc import Iterator

from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import Frame, bounded
from svcerrors.logs.tracebacks.traceback import Traceback, cause, told

__all__ = ["parse"]

# https://www.php.net/manual/en/errorfunc.constants.php: what ends a program; warnings, notices and deprecations do not.
_FATAL = re.compile(
    r"(?:^|[\s\"])(?:PHP )?(?P<kind>Fatal|Parse|Recoverable fatal|Core|Compile) error: {1,2}(?=\S)", re.MULTILINE
)
_UNCAUGHT = "Uncaught "
_NEXT = re.compile(r"\n\nNext (?=[\w\\]{1,300}(?::| in ))")
_RAISED = re.compile(
    r"(?P<type>[A-Za-z_\\][\w\\]{0,300})(?:: (?P<message>.{0,8000}?))?"
    r" in (?P<file>[^\n]{1,1000}?):(?P<line>\d{1,9})(?=\n|$)",
    re.DOTALL,
)
_PLAIN = re.compile(r"(?P<message>.{0,8000}?) in (?P<file>[^\n]{1,1000}?) on line (?P<line>\d{1,9})(?=\n|$)", re.DOTALL)
_FRAME = re.compile(
    r"^#\d{1,5} (?:(?:(?P<file>[^\n]{1,1000}?)\((?P<line>\d{1,9})\)|\[internal function\]): "
    r"(?P<call>[^\n(]{1,500})\(|\{main\})",
    re.MULTILINE,
)
_NEXT_LINE = "Next "
_STACK = "Stack trace:"


def parse(text: str) -> Traceback | None:
    """Return the error that a text tells of."""
    start = _FATAL.search(text)
    if start is None:
        return _uncaught(text, text.removeprefix(_NEXT_LINE)) if text.startswith(_NEXT_LINE) else None
    rest = text[start.end() :]
    if rest.startswith(_UNCAUGHT):
        return _uncaught(text[start.start() :], rest.removeprefix(_UNCAUGHT))
    found = _PLAIN.match(rest)
    if found is None:
        return None
    frames = (Frame(found["file"], int(found["line"]), ""),)
    error_type = "ParseError" if start["kind"] == "Parse" else "FatalError"
    return told(error_type, found["message"], text[start.start() :], frames=frames)


def _uncaught(text: str, rest: str) -> Traceback | None:
    blocks = [(block, found) for block in _NEXT.split(rest) if (found := _RAISED.match(block))]
    if not blocks:
        return None
    raised, found = blocks[-1]
    earlier = [cause(one["type"], one["message"] or "") for _, one in blocks[-2 : -2 - CHAIN_LIMIT : -1]]
    return told(
        found["type"],
        found["message"] or "",
        text,
        frames=reversed(list(_frames(raised, found))),
        causes=earlier,
        is_fragment=_STACK not in raised,
    )


def _frames(block: str, raised: re.Match[str]) -> Iterator[Frame]:
    """Yield the frames, innermost first: a line names a call and whence, so a place goes with the call below it."""
    file, line = raised["file"], raised["line"]
    for found in bounded(_FRAME.finditer(block, raised.end())):
        call = found["call"] or "{main}"
        function = call.rpartition("->")[2].rpartition("::")[2].rpartition("\\")[2]
        yield Frame(file, int(line) if line else None, function)
        file, line = found["file"] or "[internal function]", found["line"]
