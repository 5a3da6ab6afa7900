"""The text of a Python traceback as the exceptions that it prints, linked as they were."""

import re
from collections.abc import Iterator
from itertools import islice, repeat, zip_longest
from typing import NamedTuple

from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import FIRST, LAST, Frame, bounded
from svcerrors.logs.tracebacks import python_groups as groups

__all__ = ["CONNECTOR", "ERROR", "HEADER", "QUOTING", "Block", "read"]

_RELATIONS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}

HEADER = re.compile(r"^(?:Exception Group )?Traceback \(most recent call last\):$", re.MULTILINE)
CONNECTOR = re.compile(rf"^({'|'.join(_RELATIONS)})$", re.MULTILINE)
ERROR = re.compile(r"(?P<type>[^\W\d][\w.<>]{0,300})(?::(?: (?P<message>.*))?)?")

QUOTING = (":\n", ":\n\n", '"""\n')
"""How a text ends after which a header is a quotation in a message: that of multiprocessing, for one."""

_FRAME = re.compile(r'  File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>[^\n]{1,300}))?')
_REPEATED = re.compile(r"  \[Previous line repeated (\d{1,9}) more times?\]")


class Block(NamedTuple):
    """One exception of a text.

    Attributes:
        error_type: None when the text ends before it says so.
        frames: Outermost first, the code as it stands.
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
    parts = CONNECTOR.split(text)
    earlier = islice(zip(parts[-2::-2], parts[-3::-2], strict=True), CHAIN_LIMIT)
    links = ((_RELATIONS[sentence], _part(part, depth)) for sentence, part in earlier)
    return _part(parts[-1], depth)._replace(links=tuple(link for link in links if link[1].error_type))


def _part(text: str, depth: int) -> Block:
    text = text.strip("\n")
    if text.startswith(groups.CORNER):
        return _group(groups.outermost(text), depth)
    return _block(text[_begin(text) :].split("\n"))


def _group(box: list[str], depth: int) -> Block:
    own, boxes = groups.split(box)
    block = read(own, depth)
    members = (_group(member, depth - 1) for member in boxes[:CHAIN_LIMIT]) if depth else ()
    return block._replace(members=tuple(member for member in members if member.error_type))


def _begin(text: str) -> int:
    """Return where the last traceback of a text begins that is no part of an exception's own message."""
    headers = [found.start() for found in HEADER.finditer(text)]
    return next((at for at in reversed(headers) if not text.endswith(QUOTING, 0, at)), 0)


def _block(lines: list[str]) -> Block:
    first = 1 if HEADER.match(lines[0]) else 0
    end = next((at for at in range(first, len(lines)) if lines[at][:1] not in {"", " ", "\t"}), len(lines))
    found = ERROR.fullmatch(lines[end]) if end < len(lines) else None
    named, frames = _frames(lines[first:end])
    return Block(
        found["type"] if found else None,
        "\n".join([found["message"] or "", *lines[end + 1 :]]) if found else "",
        frames,
        named,
    )


def _frames(body: list[str]) -> tuple[tuple[str, int] | None, tuple[Frame, ...]]:
    frames = bounded(_each(body))
    named = frames.pop() if frames and not frames[-1].function else None
    place = (named.file, named.line or 0) if named else None
    return place, tuple(frame for frame in frames if frame.function)


def _each(body: list[str]) -> Iterator[Frame]:
    frame = Frame("", None, "")
    for line, after in zip_longest(body, body[1:], fillvalue=""):
        if found := _FRAME.fullmatch(line):
            code = after if after.startswith("    ") else None
            frame = Frame(found["file"], int(found["line"]), found["function"] or "", None, code)
            yield frame
        elif again := _REPEATED.fullmatch(line):
            yield from repeat(frame, min(int(again[1]), FIRST + LAST))
