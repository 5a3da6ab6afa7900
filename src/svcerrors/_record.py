"""One exception, one line: whoever sees it first records it, and nobody after."""

from __future__ import annotations

from functools import partial

from svcerrors._category import categorise
from svcerrors._chain import Description, describe, error_type, unwrap
from svcerrors._exception import message, place
from svcerrors._guard import guard
from svcerrors._once import former, mark, recorded, tally
from svcerrors._open_runs import is_in_run, note
from svcerrors._options import PLAIN, Options, category_of
from svcerrors._outbox import storm
from svcerrors._tell import rescue, tell

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
    return _counted(guard(work, partial(rescue, exc, mechanism, handled)))


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
    work = partial(tell, error, category, mechanism, handled=handled, options=options)
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
    return tell(error, category, mechanism, handled=handled, options=options, exc=leaf, where=where)


def _noted(error_id: str, exc: BaseException, options: Options) -> str:
    note(error_id, options.severity or "ERROR", category_of(exc, options, error_type(exc)))
    return error_id


def _counted(error_id: str | None) -> str | None:
    if error_id:
        tally.add()
    return error_id
