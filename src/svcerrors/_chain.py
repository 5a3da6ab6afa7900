"""An exception as data: type, message, frames, the exceptions linked to it, and its text."""

from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple

from svcerrors._frames import Frame, culprit, relative, walk
from svcerrors._redact import redact_text

__all__ = ["Cause", "Description", "describe", "error_type", "unwrap"]

MESSAGE_LIMIT = 8_192
"""Characters kept of a message."""

NAME_LIMIT = 500
"""Characters kept of a class name."""

CHAIN_LIMIT = 10
"""Linked exceptions kept, nearest first."""

_CONNECTORS = {
    "cause": "The above exception was the direct cause of the following exception:",
    "context": "During handling of the above exception, another exception occurred:",
}

# Read past an overridden __getattribute__: an exception class is anyone's code.
_CAUSE, _CONTEXT, _SUPPRESS, _TRACEBACK, _DICT = (
    BaseException.__dict__[name].__get__
    for name in ("__cause__", "__context__", "__suppress_context__", "__traceback__", "__dict__")
)
_MODULE, _NAME, _QUALNAME = (
    type.__dict__[name].__get__ for name in ("__module__", "__name__", "__qualname__")
)  # past any metaclass
_GROUPED = BaseExceptionGroup.__dict__["exceptions"].__get__
_MSG, _FILENAME, _LINENO = (SyntaxError.__dict__[name].__get__ for name in ("msg", "filename", "lineno"))


class Cause(NamedTuple):
    """An exception linked to another: its direct `cause`, its `context`, or a member or wrapper `group`."""

    error_type: str
    error_message: str
    relation: str


class Description(NamedTuple):
    """What there is to say of an exception; every text is redacted and bounded."""

    error_type: str
    error_message: str = ""
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    stack_trace: str = ""
    culprit: str | None = None


class _Part(NamedTuple):
    """One exception of a chain, read once: its `__str__` runs a single time."""

    error_type: str
    message: str
    frames: tuple[Frame, ...]
    place: tuple[str, Any] | None


def describe(exc: BaseException, former: TracebackType | None = None) -> Description:
    """Describe an exception without calling any code of its class but `__str__`.

    A group with one leaf is described as that leaf, the group among its causes; a group with several as itself,
    its leaves among its causes.

    Args:
        exc: The exception.
        former: Where in its traceback an earlier raising begins: one object that is raised again and again.
    """
    wrappers, leaf = unwrap(exc)
    part = _part(leaf, former)
    links = [(_part(linked), relation) for linked, relation in _links(leaf)]
    causes = [Cause(linked.error_type, linked.message, relation) for linked, relation in links]
    causes += [Cause(error_type(member), _message(member), "group") for member in (wrappers or _members(leaf))]
    return Description(
        part.error_type,
        part.message,
        part.frames,
        tuple(causes[:CHAIN_LIMIT]),
        "\n".join(_text(part, links)),
        _named_place(part) or culprit(part.frames),
    )


def error_type(exc: BaseException) -> str:
    """Return the class name as a traceback prints it: with its module unless builtin or `__main__`."""
    module, name = _MODULE(type(exc)), _QUALNAME(type(exc))
    named = type(module) is str and module not in ("builtins", "__main__")
    return (f"{module}.{name}" if named else name)[:NAME_LIMIT]


def unwrap(exc: BaseException) -> tuple[list[BaseException], BaseException]:
    """Return the groups of one member around an exception, innermost first, and the exception inside."""
    wrappers: list[BaseException] = []
    while len(members := _members(exc)) == 1 and len(wrappers) < CHAIN_LIMIT:
        wrappers.insert(0, exc)
        exc = members[0]
    return wrappers, exc


def _members(exc: BaseException) -> list[BaseException]:
    return list(islice(_GROUPED(exc), CHAIN_LIMIT)) if issubclass(type(exc), BaseExceptionGroup) else []


def _links(exc: BaseException) -> Iterator[tuple[BaseException, str]]:
    seen = {id(exc)}
    for _ in range(CHAIN_LIMIT):
        cause, context = _CAUSE(exc), None if _SUPPRESS(exc) else _CONTEXT(exc)
        linked, relation = (cause, "cause") if cause is not None else (context, "context")
        if linked is None or id(linked) in seen:
            return
        seen.add(id(linked))
        yield linked, relation
        exc = linked


def _part(exc: BaseException, former: TracebackType | None = None) -> _Part:
    named = issubclass(type(exc), SyntaxError) and type(_FILENAME(exc)) is str
    place = (_FILENAME(exc)[:NAME_LIMIT], _LINENO(exc)) if named else None
    return _Part(error_type(exc), _message(exc), walk(_TRACEBACK(exc), former), place)


def _message(exc: BaseException) -> str:
    said = _MSG(exc) if issubclass(type(exc), SyntaxError) else None
    text = "\n".join([_str(exc if said is None else said, exc), *_notes(exc)])
    # Cut twice: a secret that the first cut halves would no longer look like one.
    return redact_text(text[: 2 * MESSAGE_LIMIT])[:MESSAGE_LIMIT]


def _notes(exc: BaseException) -> Iterator[str]:
    notes = dict.get(_DICT(exc), "__notes__")
    if type(notes) is list:
        yield from (note[:MESSAGE_LIMIT] for note in islice(notes, CHAIN_LIMIT) if type(note) is str)


def _str(value: Any, exc: BaseException) -> str:
    try:
        return str.__getitem__(str(value), slice(0, 2 * MESSAGE_LIMIT))
    except BaseException:  # noqa: BLE001  # the one call into a stranger's class; what it raises is not the program's
        return f"<unprintable {_NAME(type(exc))}>"


def _named_place(part: _Part) -> str | None:
    if part.place is None:
        return None
    outermost = next((frame.file for frame in part.frames if frame.in_app), "")
    return f"{relative(part.place[0], outermost)}:{part.place[1]}"


def _text(part: _Part, links: list[tuple[_Part, str]]) -> Iterator[str]:
    for linked, relation in reversed(links):
        yield from _block(linked)
        yield f"\n{_CONNECTORS[relation]}\n"
    yield from _block(part)


def _block(part: _Part) -> Iterator[str]:
    if part.frames:
        yield "Traceback (most recent call last):"
    for frame in part.frames:
        yield f'  File "{frame.file}", line {frame.line}, in {frame.function}'
        if frame.code:
            yield f"    {frame.code}"
    if part.place:
        yield f'  File "{part.place[0]}", line {part.place[1]}'
    yield f"{part.error_type}: {part.message}" if part.message else part.error_type
