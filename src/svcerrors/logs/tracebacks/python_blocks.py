"""The text of a Python traceback as the exceptions that it prints, linked as they were."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import CODE_LIMIT, FIRST, LAST, Frame, bounded, in_app
from svcerrors._redact import redact_text
from svcerrors.logs.tracebacks import python_groups as groups

__all__ = ["CONNECTOR", "ERROR", "HEADER", "QUOTING", "Block", "has_header", "read"]

_RELATIONS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}

HEADER = re.compile(r"^(?:Exception Group )?Traceback \(most recent call last\):$", re.MULTILINE)
CONNECTOR = re.compile(rf"^({'|'.join(_RELATIONS)})$", re.MULTILINE)
ERROR = re.compile(r"(?P<type>[^\W\d][\w.<>]{0,300})(?::(?: (?P<message>.*))?)?")

QUOTING = (":\n", ":\n\n", '"""\n')
"""How a text ends after which a header is a quotation in a message: that of multiprocessing, for one."""

# The first line that is not indented ends the frames.
_END = re.compile(r"\n(?=[^\n \t])")

_TRACEBACK = "Traceback (most recent call last):"
_FRAME_BEGINS, _FRAME_LIMIT = '\n  File "', 2_000
_FRAME = re.compile(r'(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>[^\n]{1,300}))?')
_REPEATED = re.compile(r"^  \[Previous line repeated (\d{1,9}) more times?\]$", re.MULTILINE)


class Block(NamedTuple):
    """One exception of a text.

    Attributes:
        error_type: None when the text ends before it says so.
        frames: Outermost first, with the team's own code.
        place: File and line that a SyntaxError names.
        links: Its causes and contexts with their relation, nearest first.
        members: Of an exception group.
    """

    error_type: str | None
    message: str
    frames: tuple[Frame, ...]
    place: tuple[str, int] | None
    links: tuple[tuple[str, "Block"], ...] = ()
    members: tuple["Block", ...] = ()


def read(text: str, depth: int = CHAIN_LIMIT) -> Block:
    """Return the exception that a text prints last: the one that was raised.

    Args:
        text: From the first header on.
        depth: How many groups within groups are read.
    """
    parts = CONNECTOR.split(text) if "above exception" in text else [text]
    earlier = islice(zip(parts[-2::-2], parts[-3::-2], strict=True), CHAIN_LIMIT)
    links = ((_RELATIONS[sentence], _part(part, depth)) for sentence, part in earlier)
    return _part(parts[-1], depth)._replace(links=tuple(link for link in links if link[1].error_type))


def _part(text: str, depth: int) -> Block:
    text = text.strip("\n")
    if groups.opens(text):
        return _group(groups.outermost(text), depth)
    return _block(text[_begin(text) :])


def _group(box: list[str], depth: int) -> Block:
    own, boxes = groups.split(box)
    block = read(own, depth)
    members = (_group(member, depth - 1) for member in boxes[:CHAIN_LIMIT]) if depth else ()
    return block._replace(members=tuple(member for member in members if member.error_type))


def _begin(text: str) -> int:
    """Return where the last traceback of a text begins that is no part of an exception's own message."""
    return next((at for at in _headers(text) if not text.endswith(QUOTING, 0, at)), 0)


def has_header(text: str) -> bool:
    """Tell whether a line of a text is the header of a traceback."""
    return bool(HEADER.match(text)) or any(True for _ in _headers(text))


def _headers(text: str) -> Iterator[int]:
    """Yield where the headers of a text begin, the last first."""
    at = text.rfind(_TRACEBACK)
    while at >= 0:
        begin = text.rfind("\n", 0, at) + 1
        if HEADER.match(text, begin):
            yield begin
        at = text.rfind(_TRACEBACK, 0, at)


def _block(text: str) -> Block:
    body = text.partition("\n")[2] if HEADER.match(text) else text
    ended = _END.search(f"\n{body}")
    end = ended.start() if ended else len(body)
    line, _, more = body[end:].partition("\n")
    found = ERROR.fullmatch(line) if ended else None
    named, frames = _frames(body[:end])
    if found is None:
        return Block(None, "", frames, named)
    return Block(found["type"], f"{found['message'] or ''}\n{more}" if more else found["message"] or "", frames, named)


def _frames(body: str) -> tuple[tuple[str, int] | None, tuple[Frame, ...]]:
    frames = bounded(_each(body))
    named = frames.pop() if frames and not frames[-1].function else None
    place = (named.file, named.line or 0) if named else None
    return place, tuple([frame for frame in frames if frame[2]])


def _each(body: str) -> Iterator[Frame]:
    pieces = [piece[:_FRAME_LIMIT] for piece in f"\n{body}".split(_FRAME_BEGINS)]
    return chain.from_iterable(map(_frame, pieces[1:]))


@lru_cache(maxsize=2_048)
def _frame(piece: str) -> tuple[Frame, ...]:
    """Return the frame that a few lines tell of, as often as they say: those of a service come again and again."""
    line, _, below = piece.partition("\n")
    found = _FRAME.fullmatch(line)
    if found is None:
        return ()
    code = below.partition("\n")[0]
    own = code.startswith("    ") and in_app(found["file"]) and redact_text(code).strip()[:CODE_LIMIT]
    again = _REPEATED.search(below)
    frame = Frame(found["file"], int(found["line"]), found["function"] or "", None, own or None)
    return (frame,) * (1 + min(int(again[1]), FIRST + LAST) if again else 1)
