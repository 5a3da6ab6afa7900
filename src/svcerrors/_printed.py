"""The text of an exception, as the interpreter prints it: but for carets, and for code that is not the team's own."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from svcerrors._exception import CHAIN_LIMIT, Part, linked, members, part
from svcerrors._frames import Frame

__all__ = ["DEPTH", "EXCEPTIONS", "Link", "printed"]

DEPTH, EXCEPTIONS = 5, 50
"""Groups within groups that are printed, and exceptions within a group in all."""

Link = tuple[Part, str]

_CONNECTORS = {
    "cause": "\nThe above exception was the direct cause of the following exception:\n",
    "context": "\nDuring handling of the above exception, another exception occurred:\n",
}
_HEADER = "Traceback (most recent call last):"
_RULE = "-" * 16
_END = f"+{'-' * 36}"

Lines = Iterator[str]


def printed(exc: BaseException, told: Part, links: Sequence[Link]) -> str:
    """Return the text of an exception and what it is linked to.

    Args:
        exc: The exception; a group is printed with its members.
        told: What it says of itself.
        links: Its causes and contexts with their relation, nearest first.
    """
    grouped = members(exc)
    return "\n".join([*_chain(links), *(_outermost(told, grouped) if grouped else _block(told))])


def _chain(links: Sequence[Link]) -> Lines:
    for told, relation in reversed(links):
        yield from _block(told)
        yield _CONNECTORS[relation]


def _block(told: Part) -> Lines:
    if told.frames:
        yield _HEADER
        yield from map(_frame, told.frames)
    if told.place:
        yield f'  File "{told.place[0]}", line {told.place[1]}'
    yield f"{told.error_type}: {told.message}" if told.message else told.error_type


@lru_cache(maxsize=2_048)
def _frame(frame: Frame) -> str:
    code = f"\n    {frame.code}" if frame.code else ""
    return f'  File "{frame.file}", line {frame.line}, in {frame.function}{code}'


def _outermost(told: Part, grouped: Sequence[BaseException]) -> Lines:
    lines = _group(told, grouped, DEPTH, iter(range(EXCEPTIONS)))
    first = next(lines)
    yield f"  +{first[1:]}" if told.frames else f"  {first}"
    yield from (f"  {line}" for line in lines)


def _group(told: Part, grouped: Sequence[BaseException], depth: int, budget: Iterator[int]) -> Lines:
    """Yield a group's lines: its own behind a margin, its members' in a box each."""
    own = "\n".join(_block(told)).split("\n")
    yield f"| Exception Group {own[0]}" if told.frames else f"| {own[0]}"
    yield from (f"| {line}" for line in own[1:])
    told_of = list(islice(zip(grouped, budget, strict=False), CHAIN_LIMIT if depth else 0))
    for number, (member, _) in enumerate(told_of, 1):
        yield f"{'+-' if number == 1 else '  '}+{_RULE} {number} {_RULE}"
        yield from (f"  {line}" for line in _member(member, depth - 1, budget))
    if left := len(grouped) - len(told_of):
        yield f"{'  ' if told_of else '+-'}+{_RULE} ... {_RULE}"
        yield f"  | and {left} more exception{'s' if left > 1 else ''}"
    if left or not members(grouped[-1]):  # a group that stands last has closed both
        yield f"  {_END}"


def _member(exc: BaseException, depth: int, budget: Iterator[int]) -> Lines:
    links = [(part(link), relation) for link, relation in linked(exc)]
    told, grouped = part(exc), members(exc)
    before = "\n".join(_chain(links)).split("\n") if links else []
    yield from (f"| {line}" for line in before)
    if grouped:
        yield from _group(told, grouped, depth, budget)
    else:
        yield from (f"| {line}" for line in "\n".join(_block(told)).split("\n"))
