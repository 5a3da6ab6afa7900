"""One exception, one line: whoever sees it first records it, and nobody after."""

from functools import partial
from typing import Any

from svcerrors._category import categorise
from svcerrors._chain import Description, describe, error_type, unwrap
from svcerrors._circumstances import category_of, circumstances, stamp
from svcerrors._exception import message, place
from svcerrors._fingerprint import fingerprint
from svcerrors._guard import guard
from svcerrors._line import Call
from svcerrors._once import former, mark, recorded, unmark
from svcerrors._open_runs import is_in_run, note
from svcerrors._options import PLAIN, Options
from svcerrors._outbox import send, storm
from svcerrors._payload import Occurrence
from svcerrors._program import line_of
from svcerrors._tally import tally

__all__ = ["is_left_out", "record", "record_told", "record_uncaught"]

_ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit)

_NAME = type.__dict__["__name__"].__get__

_TOLD = 200
"""Characters of a message by which it is known in what is logged, which may be cut."""


def record(exc: BaseException, mechanism: str, *, handled: bool | None, options: Options = PLAIN) -> str | None:
    """Write an exception's line unless it has one already; return its error_id, None if it could not be written.

    Never raises, and keeps no reference to the exception.

    Args:
        exc: The exception; it is marked with its error_id.
        mechanism: What saw it.
        handled: Does the program go on? None where nobody knows.
        options: How it is to be recorded.
    """
    work = partial(_record, exc, mechanism, handled=handled, options=options)
    return _counted(guard(work, partial(_rescue, exc, mechanism, handled)))


def record_told(error: Description, mechanism: str, *, handled: bool | None, options: Options = PLAIN) -> str | None:
    """Write the line of an error that no exception stands for; return its error_id, None if it could not be written.

    Never raises.

    Args:
        error: What there is to say of it.
        mechanism: What saw it.
        handled: Does the program go on? None where nobody knows.
        options: How it is to be recorded.
    """
    category = options.category or categorise(error.error_type, error.error_message)
    work = partial(_tell, error, category, mechanism, handled=handled, options=options)
    return _counted(guard(work, lambda _failure: None))


def record_uncaught(exc: BaseException | None, mechanism: str, *, handled: bool | None) -> str | None:
    """Record what reached a hook, unless it is a way to end or nothing at all."""
    if exc is None or issubclass(type(exc), _ENDINGS):
        return None
    return record(exc, mechanism, handled=handled)


def is_left_out(exc: BaseException, words: str) -> bool:
    """Tell whether an exception has its line already, and what is logged says nothing of it: an error of its own.

    Args:
        exc: The exception that is being handled.
        words: What is logged.
    """
    leaf = unwrap(exc)[1]
    if not recorded(leaf):
        return False
    return (message(leaf)[:_TOLD].partition("\n")[0].strip() or _NAME(type(leaf))) not in words


def _record(exc: BaseException, mechanism: str, *, handled: bool | None, options: Options) -> str | None:
    leaf = unwrap(exc)[1]
    if known := recorded(leaf):
        return _noted(known, leaf, options) if is_in_run() else known
    where = (*place(leaf, former(leaf)), options.fingerprint, options.severity, options.category, options.service)
    if held := storm.count(where):
        mark(leaf, held)
        return _noted(held, leaf, options) if is_in_run() else held
    error = describe(exc, former(leaf))
    category = category_of(leaf, options, error.error_type, error.error_message)
    return _tell(error, category, mechanism, handled=handled, options=options, exc=leaf, where=where)


def _tell(
    error: Description,
    category: str,
    mechanism: str,
    *,
    handled: bool | None,
    options: Options,
    exc: BaseException | None = None,
    where: Any = None,
) -> str | None:
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


def _rescue(exc: BaseException, mechanism: str, handled: bool | None, failure: str) -> str | None:  # noqa: FBT001  # a partial's
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


def _noted(error_id: str, exc: BaseException, options: Options) -> str:
    note(error_id, options.severity or "ERROR", category_of(exc, options, error_type(exc)))
    return error_id


def _no_mark(_error_id: str) -> None:
    return None


def _counted(error_id: str | None) -> str | None:
    if error_id:
        tally.add()
    return error_id
