"""One exception, read without calling any code of its class but `__str__`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Any

from svcerrors._frames import Frame, in_app, route, walk
from svcerrors._light import Values
from svcerrors._redact import redact_text

__all__ = [
    "CHAIN_LIMIT",
    "MESSAGE_LIMIT",
    "NAME_LIMIT",
    "Part",
    "error_type",
    "leaves",
    "linked",
    "members",
    "message",
    "part",
    "place",
]

MESSAGE_LIMIT = 8_192
"""Characters kept of a message."""

NAME_LIMIT = 500
"""Characters kept of a class name."""

CHAIN_LIMIT = 10
"""Linked exceptions kept, nearest first; likewise members of a group, and notes."""

GROUPED_LIMIT = 100
"""Exceptions looked at in a group and in the groups in it."""

# Read past an overridden __getattribute__: an exception class is anyone's code.
_CAUSE, _CONTEXT, _SUPPRESS, _TRACEBACK, _DICT = (
    BaseException.__dict__[name].__get__
    for name in ("__cause__", "__context__", "__suppress_context__", "__traceback__", "__dict__")
)
_MODULE, _NAME, _QUALNAME = (type.__dict__[name].__get__ for name in ("__module__", "__name__", "__qualname__"))
_GROUPED = BaseExceptionGroup.__dict__["exceptions"].__get__
_MSG, _FILENAME, _LINENO = (SyntaxError.__dict__[name].__get__ for name in ("msg", "filename", "lineno"))


class Part(Values):
    """What there is to say of one exception alone, every text redacted and bounded.

    Attributes:
        place: File and line that a SyntaxError names.
    """

    error_type: str
    message: str
    frames: tuple[Frame, ...]
    place: tuple[str, Any] | None


def part(exc: BaseException, former: TracebackType | None = None) -> Part:
    """Read an exception once: its `__str__` runs a single time.

    Args:
        exc: The exception.
        former: Where in its traceback an earlier raising begins.
    """
    named = issubclass(type(exc), SyntaxError) and type(_FILENAME(exc)) is str
    place = (_FILENAME(exc)[:NAME_LIMIT], _LINENO(exc)) if named else None
    return Part(error_type(exc), message(exc), walk(_TRACEBACK(exc), former), place)


def error_type(exc: BaseException) -> str:
    """Return the class name as a traceback prints it: with its module unless builtin or `__main__`."""
    module, name = _MODULE(type(exc)), _QUALNAME(type(exc))
    named = type(module) is str and module not in ("builtins", "__main__")
    return (f"{module}.{name}" if named else name)[:NAME_LIMIT]


def message(exc: BaseException) -> str:
    """Return what an exception says, its notes after it."""
    said = _MSG(exc) if issubclass(type(exc), SyntaxError) else None
    text = "\n".join([_str(exc if said is None else said, exc), *_notes(exc)])
    # Cut twice: a secret that the first cut halves would no longer look like one.
    return redact_text(text[: 2 * MESSAGE_LIMIT])[:MESSAGE_LIMIT]


def place(exc: BaseException, former: TracebackType | None = None) -> tuple[Any, ...]:
    """Return what tells apart where two exceptions come from: the same for two with one fingerprint, as a rule.

    Args:
        exc: The exception.
        former: Where in its traceback an earlier raising begins.
    """
    way = route(_TRACEBACK(exc), former)
    said = None if any(map(in_app, way[::2])) else message(exc)
    return error_type(exc), way, said


def members(exc: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions that a group holds, none for any other."""
    grouped: tuple[BaseException, ...] = _GROUPED(exc) if issubclass(type(exc), BaseExceptionGroup) else ()
    return grouped


def leaves(exc: BaseException) -> list[BaseException]:
    """Return the exceptions in a group and in the groups in it, in the order in which they are printed."""
    return list(islice(_leaves(exc, CHAIN_LIMIT, iter(range(GROUPED_LIMIT))), CHAIN_LIMIT))


def linked(exc: BaseException) -> Iterator[tuple[BaseException, str]]:
    """Yield the chain of causes and contexts with their relation, nearest first, without cycles."""
    seen = {id(exc)}
    for _ in range(CHAIN_LIMIT):
        cause, context = _CAUSE(exc), None if _SUPPRESS(exc) else _CONTEXT(exc)
        link, relation = (cause, "cause") if cause is not None else (context, "context")
        if link is None or id(link) in seen:
            return
        seen.add(id(link))
        yield link, relation
        exc = link


def _leaves(exc: BaseException, depth: int, budget: Iterator[int]) -> Iterator[BaseException]:
    for member, _ in zip(members(exc)[:CHAIN_LIMIT], budget, strict=False):
        if depth > 1 and members(member):
            yield from _leaves(member, depth - 1, budget)
        else:
            yield member


def _notes(exc: BaseException) -> Iterator[str]:
    notes = dict.get(_DICT(exc), "__notes__")
    if type(notes) is list:
        yield from (note[:MESSAGE_LIMIT] for note in islice(notes, CHAIN_LIMIT) if type(note) is str)


def _str(value: Any, exc: BaseException) -> str:
    try:
        return str.__getitem__(str(value), slice(0, 2 * MESSAGE_LIMIT))
    except BaseException:  # noqa: BLE001  # the one call into a stranger's class; what it raises is not the program's
        return f"<unprintable {_NAME(type(exc))}>"
