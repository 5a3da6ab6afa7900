"""One exception, one line: whoever sees it first records it, and nobody after."""

import os
import time
from functools import partial

from svcerrors._category import categorise
from svcerrors._chain import Description, describe, unwrap
from svcerrors._context import current_call
from svcerrors._contextvars import bound_labels
from svcerrors._emit import emit
from svcerrors._fingerprint import fingerprint
from svcerrors._guard import attempt, guard
from svcerrors._jsonable import jsonable
from svcerrors._once import former, mark, recorded, unmark
from svcerrors._options import Options
from svcerrors._payload import Call, Occurrence, build
from svcerrors._runtime import Runtime, identify
from svcerrors._trim import encode
from svcerrors._uuid7 import RANDOM_BYTES, uuid7

__all__ = ["configure", "record", "record_uncaught", "runtime"]

PLAIN = Options()

_ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit)

_NAME = type.__dict__["__name__"].__get__

_configured: Runtime | None = None


def configure(known: Runtime | None) -> None:
    """Set who this program is; None reads the environment again at the next error."""
    global _configured  # noqa: PLW0603  # one program is one process
    _configured = known


def runtime() -> Runtime:
    """Return who this program is."""
    return _configured or identify(os.environ)


def record(exc: BaseException, mechanism: str, *, handled: bool, options: Options = PLAIN) -> str | None:
    """Write an exception's line unless it has one already; return its error_id, None if it could not be written.

    Never raises, and keeps no reference to the exception.

    Args:
        exc: The exception; it is marked with its error_id.
        mechanism: What saw it.
        handled: Does the program go on?
        options: How it is to be recorded.
    """
    work = partial(_record, exc, mechanism, handled=handled, options=options)
    return guard(work, partial(_rescue, exc, mechanism, handled))


def record_uncaught(exc: BaseException | None, mechanism: str, *, handled: bool) -> str | None:
    """Record what reached a hook, unless it is a way to end or nothing at all."""
    if exc is None or issubclass(type(exc), _ENDINGS):
        return None
    return record(exc, mechanism, handled=handled)


def _record(exc: BaseException, mechanism: str, *, handled: bool, options: Options) -> str | None:
    leaf = unwrap(exc)[1]
    if known := recorded(leaf):
        return known
    call, no_call = attempt(current_call)
    labels, no_labels = attempt(lambda: jsonable({**bound_labels(), **options.labels}))
    error = describe(exc, former(leaf))
    seen = Occurrence(
        *_stamp(),
        severity=options.severity or "ERROR",
        error_category=options.category or _category(leaf, error, options),
        fingerprint=options.fingerprint or fingerprint(error.error_type, error.frames, error.error_message),
        handled=handled,
        mechanism=mechanism,
        labels=labels or {},
        internal_error=no_call or no_labels,
    )
    return _write(leaf, error, seen, call or Call())


def _rescue(exc: BaseException, mechanism: str, handled: bool, failure: str) -> str | None:  # noqa: FBT001  # a partial's
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
    return _write(exc, error, seen, Call())


def _write(exc: BaseException, error: Description, seen: Occurrence, call: Call) -> str | None:
    line, written = encode(build(error, seen, call, runtime())), False
    mark(exc, seen.error_id)
    try:
        written = emit(line)
    finally:
        if not written:
            unmark(exc)
    return seen.error_id if written else None


def _category(exc: BaseException, error: Description, options: Options) -> str:
    if issubclass(type(exc), options.expected):
        return "no_data_available"
    return categorise(error.error_type, error.error_message)


def _stamp() -> tuple[str, int]:
    now = time.time_ns()
    return uuid7(now // 1_000_000, os.urandom(RANDOM_BYTES)), now
