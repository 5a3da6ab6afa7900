"""An exception as data: type, message, frames, the exceptions linked to it, and its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType

from svcerrors._exception import CHAIN_LIMIT, MESSAGE_LIMIT, Part, error_type, leaves, linked, members, message, part
from svcerrors._frames import Frame, culprit, relative
from svcerrors._light import Values
from svcerrors._printed import Link, printed

__all__ = ["CHAIN_LIMIT", "MESSAGE_LIMIT", "Cause", "Description", "closest", "describe", "error_type", "unwrap"]


class Cause(Values):
    """An exception linked to another: its direct `cause`, its `context`, or a member or wrapper `group`."""

    error_type: str
    error_message: str
    relation: str


class Description(Values):
    """What there is to say of an exception; every text is redacted and bounded."""

    error_type: str
    error_message: str = ""
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    stack_trace: str = ""
    culprit: str | None = None


def describe(exc: BaseException, former: TracebackType | None = None) -> Description:
    """Describe an exception without calling any code of its class but `__str__`.

    A group with one member is described as that member, the group among its causes; a group with several as itself,
    its leaves among its causes, also those of groups within it. A group that it is linked to is followed by its leaves.

    Args:
        exc: The exception.
        former: Where in its traceback an earlier raising begins: one object that is raised again and again.
    """
    wrappers, leaf = unwrap(exc)
    told = part(leaf, former)
    links = [Link(part(link), relation, link) for link, relation in linked(leaf)]
    causes = list(_causes(links, [*wrappers, *leaves(leaf)]))
    return Description(
        told.error_type,
        told.message,
        told.frames,
        closest(causes),
        printed(leaf, told, links),
        _named_place(told) or culprit(told.frames),
    )


def closest(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Return at most CHAIN_LIMIT causes, in their order; members of groups give way to what is a cause or a context."""
    room = iter(range(CHAIN_LIMIT - sum(cause.relation != "group" for cause in causes)))
    kept = [cause for cause in causes if cause.relation != "group" or next(room, None) is not None]
    return tuple(kept[:CHAIN_LIMIT])


def unwrap(exc: BaseException) -> tuple[list[BaseException], BaseException]:
    """Return the groups of one member around an exception, innermost first, and the exception inside."""
    wrappers: list[BaseException] = []
    while len(grouped := members(exc)) == 1 and len(wrappers) < CHAIN_LIMIT:
        wrappers.insert(0, exc)
        exc = grouped[0]
    return wrappers, exc


def _causes(links: Sequence[Link], grouped: Sequence[BaseException]) -> Iterator[Cause]:
    for link in links:
        yield Cause(link.told.error_type, link.told.message, link.relation)
        yield from map(_grouped, leaves(link.exc))
    yield from map(_grouped, grouped)


def _grouped(member: BaseException) -> Cause:
    return Cause(error_type(member), message(member), "group")


def _named_place(told: Part) -> str | None:
    if told.place is None:
        return None
    outermost = next((frame.file for frame in told.frames if frame.in_app), "")
    return f"{relative(told.place[0], outermost)}:{told.place[1]}"
