"""One exception, one line: whoever sees it first records it, and nobody after."""

import os
import time
from functools import partial
from typing import Any

from svcerrors._category import categorise
from svcerrors._chain import Description, describe, unwrap
from svcerrors._context import current_call
from svcerrors._contextvars import bound_labels
from svcerrors._exception import place
from svcerrors._fingerprint import fingerprint
from svcerrors._guard import attempt, guard
from svcerrors._jsonable import jsonable
from svcerrors._once import former, mark, recorded, unmark
from svcerrors._options import Options
from svcerrors._outbox import Told, configure, runtime, send, storm
from svcerrors._payload import Call, Occurrence
from svcerrors._tally import tally
from svcerrors._uuid7 import RANDOM_BYTES, uuid7

__all__ = ["configure", "record", "record_told", "record_uncaught", "runtime"]

PLAIN = Options()

_ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit)

_NAME = type.__dict__["__name__"].__get__


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
    category = categorise(error.error_type, error.error_message)
    work = partial(_tell, error, category, mechanism, handled=handled, options=options)
    return _counted(guard(work, lambda _failure: None))


def record_uncaught(exc: BaseException | None, mechanism: str, *, handled: bool | None) -> str | None:
    """Record what reached a hook, unless it is a way to end or nothing at all."""
    if exc is None or issubclass(type(exc), _ENDINGS):
        return None
    return record(exc, mechanism, handled=handled)


def _record(exc: BaseException, mechanism: str, *, handled: bool | None, options: Options) -> str | None:
    leaf = unwrap(exc)[1]
    if known := recorded(leaf):
        return known
    where = (*place(leaf, former(leaf)), options.fingerprint, options.severity, options.category, options.service)
    if held := storm.count(where):
        mark(leaf, held)
        return held
    error = describe(exc, former(leaf))
    category = _category(leaf, error, options)
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
    call, no_call = attempt(current_call)
    labels, no_labels = attempt(lambda: jsonable({**bound_labels(), **options.labels}))
    seen = Occurrence(
        *_stamp(),
        severity=options.severity or "ERROR",
        error_category=options.category or category,
        fingerprint=options.fingerprint or fingerprint(error.error_type, error.frames, error.error_message),
        handled=handled,
        mechanism=mechanism,
        labels=labels or {},
        internal_error=no_call or no_labels,
    )
    return _send(exc, error, seen, call or Call(), options, where)


def _rescue(exc: BaseException, mechanism: str, handled: bool | None, failure: str) -> str | None:  # noqa: FBT001  # a partial's
    if failure == "RecursionError" and not handled:
        return None  # whoever is further out sees it again, with more of the stack to work on
    if known := recorded(exc):
        return known  # it failed, or was interrupted, after the line was written
    error = Description(_NAME(type(exc)))
    seen = Occurrence(
        *_stamp(),
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
    told = Told(error, seen, call, options.service, options.before_emit)
    same = (seen.fingerprint, seen.severity, seen.error_category, options.service)
    if exc is None:
        return send(told, where, same, _no_mark)
    error_id = send(told, where, same, partial(mark, exc))
    if error_id is None:
        unmark(exc)
    return error_id


def _no_mark(_error_id: str) -> None:
    return None


def _counted(error_id: str | None) -> str | None:
    if error_id:
        tally.add()
    return error_id


def _category(exc: BaseException, error: Description, options: Options) -> str:
    if issubclass(type(exc), options.expected):
        return "no_data_available"
    return categorise(error.error_type, error.error_message)


def _stamp() -> tuple[str, int]:
    now = time.time_ns()
    return uuid7(now // 1_000_000, os.urandom(RANDOM_BYTES)), now
