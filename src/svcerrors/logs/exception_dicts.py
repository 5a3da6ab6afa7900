"""An exception as the dictionaries that `structlog.tracebacks.ExceptionDictTransformer` makes of it."""

from collections.abc import Mapping
from typing import Any

from svcerrors._chain import CHAIN_LIMIT, MESSAGE_LIMIT, Cause
from svcerrors._frames import CODE_LIMIT, Frame, bounded, culprit
from svcerrors._redact import redact_text
from svcerrors.logs.tracebacks import Traceback
from svcerrors.logs.values import flag, integer, mapping, text

__all__ = ["exception_dicts"]

_KEYS = ("exception", "exc_info", "error", "traceback")


def exception_dicts(payload: Mapping[str, Any]) -> Traceback | None:
    """Return the exception of a record: the first of the list was raised, the others are linked to it."""
    for key in _KEYS:
        listed = payload.get(key)
        stacks = [mapping(one) for one in listed[: CHAIN_LIMIT + 1]] if isinstance(listed, list) else []
        if stacks and text(stacks[0].get("exc_type")):
            return _raised(stacks)
    return None


def _raised(stacks: list[Mapping[str, Any]]) -> Traceback:
    raised, *linked = stacks
    listed = raised.get("frames")
    frames = tuple(bounded(_frame(mapping(one)) for one in (listed if isinstance(listed, list) else [])))
    causes = [Cause(*_named(one), "cause" if flag(one.get("is_cause")) else "context") for one in linked]
    members = raised.get("exceptions")
    for member in members[:CHAIN_LIMIT] if isinstance(members, list) else []:
        first = member[0] if isinstance(member, list) and member else member
        causes.append(Cause(*_named(mapping(first)), "group"))
    error_type, message = _named(raised)
    return Traceback(
        error_type=error_type,
        error_message=message,
        stack_trace=_text(error_type, message, frames),
        frames=frames,
        causes=tuple(causes[:CHAIN_LIMIT]),
        culprit=culprit(frames),
    )


def _named(raw: Mapping[str, Any]) -> tuple[str, str]:
    message = text(raw.get("exc_value"), 2 * MESSAGE_LIMIT) or ""
    return text(raw.get("exc_type")) or "Exception", redact_text(message)[:MESSAGE_LIMIT]


def _frame(raw: Mapping[str, Any]) -> Frame:
    code = redact_text((text(raw.get("line"), CODE_LIMIT) or "").strip()) or None
    file = text(raw.get("filename")) or ""
    return Frame(file, integer(raw.get("lineno")), text(raw.get("name")) or "", code=code)


def _text(error_type: str, message: str, frames: tuple[Frame, ...]) -> str:
    lines = ["Traceback (most recent call last):"] if frames else []
    for frame in frames:
        lines += [f'  File "{frame.file}", line {frame.line}, in {frame.function}']
        lines += [f"    {frame.code}"] if frame.code else []
    return "\n".join([*lines, f"{error_type}: {message}" if message else error_type])
