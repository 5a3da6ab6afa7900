"""What is said of an error, and sent: its line, or the least that can be said where our own work fails."""

from __future__ import annotations

from functools import partial
from typing import Any

from svcerrors._chain import Description
from svcerrors._context import circumstances
from svcerrors._fingerprint import fingerprint
from svcerrors._ids import stamp
from svcerrors._line import Call
from svcerrors._once import mark, recorded, unmark
from svcerrors._open_runs import note
from svcerrors._options import PLAIN, Options
from svcerrors._outbox import send
from svcerrors._payload import Occurrence
from svcerrors._program import line_of

__all__ = ["rescue", "tell"]

_NAME = type.__dict__["__name__"].__get__


def tell(
    error: Description,
    category: str,
    mechanism: str,
    *,
    handled: bool | None,
    options: Options,
    exc: BaseException | None = None,
    where: Any = None,
) -> str | None:
    """Write the line of an error, or hold it back; return the error_id that it has, None if it could not be written.

    Args:
        error: What there is to say of it.
        category: Its category.
        mechanism: What saw it.
        handled: Does the program go on? None where nobody knows.
        options: How it is to be recorded.
        exc: The exception, which is marked before the line is out.
        where: Where it came from; None if it is not to be known by that.
    """
    call, labels, failure = circumstances(options)
    seen = Occurrence(
        *stamp(),
        severity=options.severity or "ERROR",
        error_category=category,
        fingerprint=options.fingerprint or fingerprint(error.error_type, error.frames, error.error_message),
        handled=handled,
        mechanism=mechanism,
        labels=labels,
        internal_error=failure,
    )
    return _send(exc, error, seen, call, options, where)


def rescue(exc: BaseException, mechanism: str, handled: bool | None, failure: str) -> str | None:  # noqa: FBT001  # a partial's
    """Write the least that can be said of an exception, where what was to be said of it failed; return its error_id.

    Args:
        exc: The exception.
        mechanism: What saw it.
        handled: Does the program go on? None where nobody knows.
        failure: The class name of what our own work raised.
    """
    if failure == "RecursionError" and not handled:
        return None  # whoever is further out sees it again, with more of the stack to work on
    if known := recorded(exc):
        return known  # it failed, or was interrupted, after the line was written
    error = Description(_NAME(type(exc)))
    seen = Occurrence(
        *stamp(),
        severity="ERROR",
        error_category="unknown",
        fingerprint=fingerprint(error.error_type, (), ""),
        handled=handled,
        mechanism=mechanism,
        labels={},
        internal_error=failure,
    )
    return _send(exc, error, seen, Call(), PLAIN)


def _send(
    exc: BaseException | None, error: Description, seen: Occurrence, call: Call, options: Options, where: Any = None
) -> str | None:
    line = line_of(error, seen, call, options.service, options.before_emit)
    same = (seen.fingerprint, seen.severity, seen.error_category, options.service)
    error_id = send(line, seen.error_id, where, same, _no_mark if exc is None else partial(mark, exc))
    if error_id is not None:
        note(error_id, seen.severity, seen.error_category)
    elif exc is not None:
        unmark(exc)
    return error_id


def _no_mark(_error_id: str) -> None:
    return None
