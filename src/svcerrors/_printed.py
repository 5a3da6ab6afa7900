"""The text of an exception, as the interpreter prints it: but for carets, and for code that is not the team's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile

from svcerrors._exception import CHAIN_LIMIT, Part, linked, members, part
from svcerrors._frames import Frame
from svcerrors._light import Values

__all__ = ["DEPTH", "EXCEPTIONS", "Link", "printed"]

DEPTH, EXCEPTIONS = 5, 50
"""Groups within groups that are printed, and exceptions within a group in all."""


class Link(Values):
    """An exception that another is linked to, by its cause or its context."""

    told: Part
    relation: str
    exc: BaseException


_CONNECTORS = {
    "cause": "\nThe above exception was the direct cause of the following exception:\n",
    "context": "\nDuring handling of the above exception, another exception occurred:\n",
}
_HEADER = "Traceback (most recent call last):"
_RULE = "-" * 16
_END = f"+{'-' * 36}"

Lines = Iterator[str]


class Budget(Values):
    """What may still be printed: how many members of groups, and the exceptions that no link leads to again."""

    left: Iterator[int]
    seen: set[int]


def printed(exc: BaseException, told: Part, links: Sequence[Link]) -> str:
    """Return the text of an exception and what it is linked to.

    Args:
        exc: The exception; a group is printed with its members.
        told: What it says of itself.
        links: Its causes and contexts with their relation, nearest first.
    """
    budget = Budget(iter(range(EXCEPTIONS)), {id(exc), *(id(link.exc) for link in links)})
    return "\n".join([*_chain(links, budget), *_whole(exc, told, budget)])


def _chain(links: Sequence[Link], budget: Budget) -> Lines:
    for link in reversed(links):
        yield from _whole(link.exc, link.told, budget)
        yield _CONNECTORS[link.relation]


def _whole(exc: BaseException, told: Part, budget: Budget) -> Lines:
    grouped = members(exc)
    return _outermost(told, grouped, budget) if grouped else _block(told)


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


def _outermost(told: Part, grouped: Sequence[BaseException], budget: Budget) -> Lines:
    lines = _group(told, grouped, DEPTH, budget)
    first = next(lines)
    yield f"  +{first[1:]}" if told.frames else f"  {first}"
    yield from (f"  {line}" for line in lines)


def _group(told: Part, grouped: Sequence[BaseException], depth: int, budget: Budget) -> Lines:
    """Yield a group's lines: its own behind a margin, its members' in a box each."""
    own = "\n".join(_block(told)).split("\n")
    yield f"| Exception Group {own[0]}" if told.frames else f"| {own[0]}"
    yield from (f"| {line}" for line in own[1:])
    budget.seen.update(map(id, grouped))
    told_of = list(islice(zip(grouped, budget.left, strict=False), CHAIN_LIMIT if depth else 0))
    for number, (member, _) in enumerate(told_of, 1):
        yield f"{'+-' if number == 1 else '  '}+{_RULE} {number} {_RULE}"
        yield from (f"  {line}" for line in _member(member, depth - 1, budget))
    if left := len(grouped) - len(told_of):
        yield f"{'  ' if told_of else '+-'}+{_RULE} ... {_RULE}"
        yield f"  | and {left} more exception{'s' if left > 1 else ''}"
    if left or not members(grouped[-1]):  # a group that stands last has closed both
        yield f"  {_END}"


def _member(exc: BaseException, depth: int, budget: Budget) -> Lines:
    links = list(takewhile(lambda link: id(link[0]) not in budget.seen, linked(exc)))
    budget.seen.update(id(link) for link, _ in links)
    for link, relation in reversed(links):
        yield from _boxed(part(link), members(link), depth, budget)
        yield from (f"| {line}" for line in _CONNECTORS[relation].split("\n"))
    yield from _boxed(part(exc), members(exc), depth, budget)


def _boxed(told: Part, grouped: Sequence[BaseException], depth: int, budget: Budget) -> Lines:
    if grouped:
        yield from _group(told, grouped, depth, budget)
    else:
        yield from (f"| {line}" for line in "\n".join(_block(told)).split("\n"))
