"""An exception as data: type, message, frames, the exceptions linked to it, and its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from svcerrors._frames import Frame, culprit, relative, walk
from svcerrors._redact import redact_text

__all__ = ["Cause", "Description", "describe", "error_type"]

MESSAGE_LIMIT = 8_192
"""Characters kept of a message."""

CHAIN_LIMIT = 10
"""Linked exceptions kept, nearest first."""

_CONNECTORS = {
    "cause": "The above exception was the direct cause of the following exception:",
    "context": "During handling of the above exception, another exception occurred:",
}

# Read past an overridden __getattribute__: an exception class is anyone's code.
_CAUSE, _CONTEXT, _SUPPRESS, _TRACEBACK = (
    BaseException.__dict__[name].__get__
    for name in ("__cause__", "__context__", "__suppress_context__", "__traceback__")
)


@dataclass(frozen=True, slots=True)
class Cause:
    """An exception linked to another: its direct `cause`, its `context`, or a member or wrapper `group`."""

    error_type: str
    error_message: str
    relation: str


@dataclass(frozen=True, slots=True)
class Description:
    """What there is to say of an exception; every text is redacted and bounded."""

    error_type: str
    error_message: str
    frames: tuple[Frame, ...]
    causes: tuple[Cause, ...]
    stack_trace: str
    culprit: str | None


def describe(exc: BaseException) -> Description:
    """Describe an exception without calling any code of its class but `__str__`.

    A group with one leaf is described as that leaf, the group among its causes; a group with several as itself,
    its leaves among its causes.
    """
    wrappers, leaf = _unwrap(exc)
    links = list(_links(leaf))
    causes = [_cause(linked, relation) for linked, relation in links]
    causes += [_cause(member, "group") for member in (wrappers or _members(leaf))]
    frames = walk(_TRACEBACK(leaf))
    return Description(
        error_type(leaf),
        _message(leaf),
        frames,
        tuple(causes[:CHAIN_LIMIT]),
        "\n".join(_text(leaf, links)),
        _named_place(leaf, frames) or culprit(frames),
    )


def error_type(exc: BaseException) -> str:
    """Return the class name as a traceback prints it: with its module unless builtin or `__main__`."""
    cls = type(exc)
    module, name = cls.__module__, cls.__qualname__
    return name if module in {"builtins", "__main__"} else f"{module}.{name}"


def _unwrap(exc: BaseException) -> tuple[list[BaseException], BaseException]:
    wrappers: list[BaseException] = []
    while len(members := _members(exc)) == 1 and len(wrappers) < CHAIN_LIMIT:
        wrappers.insert(0, exc)
        exc = members[0]
    return wrappers, exc


def _members(exc: BaseException) -> list[BaseException]:
    if not isinstance(exc, BaseExceptionGroup):
        return []
    return list(islice(BaseExceptionGroup.exceptions.__get__(exc), CHAIN_LIMIT))


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


def _cause(exc: BaseException, relation: str) -> Cause:
    return Cause(error_type(exc), _message(exc), relation)


def _message(exc: BaseException) -> str:
    parts = [_str(exc.msg if isinstance(exc, SyntaxError) and exc.msg else exc, exc)]
    notes = BaseException.__getattribute__(exc, "__dict__").get("__notes__")
    parts += (
        [note[:MESSAGE_LIMIT] for note in islice(notes, CHAIN_LIMIT) if type(note) is str]
        if type(notes) is list
        else []
    )
    return redact_text("\n".join(parts)[:MESSAGE_LIMIT])


def _str(value: Any, exc: BaseException) -> str:
    try:
        return str.__getitem__(str(value), slice(0, MESSAGE_LIMIT))
    except BaseException:  # noqa: BLE001  # the one call into a stranger's class; what it raises is not the program's
        return f"<unprintable {type(exc).__name__}>"


def _named_place(exc: BaseException, frames: tuple[Frame, ...]) -> str | None:
    if not isinstance(exc, SyntaxError) or not exc.filename:
        return None
    outermost = next((frame.file for frame in frames if frame.in_app), "")
    return f"{relative(str(exc.filename), outermost)}:{exc.lineno}"


def _text(exc: BaseException, links: list[tuple[BaseException, str]]) -> Iterator[str]:
    for linked, relation in reversed(links):
        yield from _block(linked)
        yield f"\n{_CONNECTORS[relation]}\n"
    yield from _block(exc)


def _block(exc: BaseException) -> Iterator[str]:
    frames = walk(_TRACEBACK(exc))
    if frames:
        yield "Traceback (most recent call last):"
    for frame in frames:
        yield f'  File "{frame.file}", line {frame.line}, in {frame.function}'
        if frame.code:
            yield f"    {frame.code}"
    if isinstance(exc, SyntaxError) and exc.filename:
        yield f'  File "{exc.filename}", line {exc.lineno}'
    message = _message(exc)
    yield f"{error_type(exc)}: {message}" if message else error_type(exc)
