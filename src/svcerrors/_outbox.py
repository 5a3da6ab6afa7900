"""What is written at once, and what is held back in a storm and written later."""

import atexit
import os
import sys
from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import Any

from svcerrors._before_emit import BeforeEmit, encoded
from svcerrors._chain import Description
from svcerrors._emit import emit
from svcerrors._guard import guard
from svcerrors._line import Call
from svcerrors._payload import Occurrence, build
from svcerrors._runtime import Runtime, identify
from svcerrors._storm import RATE_LIMIT, Line, Storm
from svcerrors._trim import encode

__all__ = [
    "close",
    "configure",
    "divert",
    "line_of",
    "release",
    "release_all",
    "runtime",
    "send",
    "storm",
    "waiting",
    "write",
]


storm = Storm()
"""This process's own."""

waiting = storm.waiting
"""What it holds back: while it is empty, there is nothing to release."""

_configured: Runtime | None = None
_before_emit: BeforeEmit | None = None
_write: Callable[[bytes], bool] = emit


def configure(
    known: Runtime | None, before_emit: BeforeEmit | None = None, rate_limit: int | None = RATE_LIMIT
) -> None:
    """Set who this program is; None reads the environment again at the next error."""
    global _configured, _before_emit  # one program is one process
    _configured, _before_emit, storm.limit = known, before_emit, rate_limit


def runtime() -> Runtime:
    """Return who this program is."""
    return _configured or identify(os.environ)


def line_of(
    error: Description, seen: Occurrence, call: Call, service: str | None = None, change: BeforeEmit | None = None
) -> Line:
    """Return what makes the line of an error; it keeps no object of the program's.

    Args:
        error: What there is to say of it.
        seen: How it happened.
        call: What the program was doing.
        service: In place of this program's own.
        change: The team's function, in place of the one that `init` was given.
    """
    return partial(_line, error, seen, call, service, change)


def send(line: Line, error_id: str, where: Hashable, same: Hashable, sent: Callable[[str], None]) -> str | None:
    """Write a line, or hold it back; return the error_id that it has, None if it could not be written.

    Args:
        line: Makes it.
        error_id: Of the error.
        where: Where it came from; None if it is not to be known by that.
        same: What makes two errors the same.
        sent: Called with the error_id before the line is out: an interruption after it must not make a second one.
    """
    _release()
    if held := storm.hold(where, same, error_id, line):
        _at_exit(os.getpid())
        sent(held)
        return held
    written = line(1)
    if written is None:
        return None
    sent(error_id)
    return error_id if _write(written) else None


def write(payload: dict[str, Any]) -> bool:
    """Write a line that is no error, and before it what is held back and due; tell whether it was written whole."""
    _release()
    return _write(encode(payload))


def _line(
    error: Description, seen: Occurrence, call: Call, service: str | None, change: BeforeEmit | None, count: int
) -> bytes | None:
    program = runtime()
    if service:
        program = program.but(service=service)

    def payload(failure: str | None) -> dict[str, Any]:
        told = (
            seen.but(occurrences=count, internal_error=failure or seen.internal_error) if failure or count > 1 else seen
        )
        return build(error, told, call, program)

    return encoded(payload, change or _before_emit)


def divert(to: Callable[[bytes], bool] = emit) -> Callable[[bytes], bool]:
    """Let lines go elsewhere from now on; return where they went before."""
    global _write  # one program is one process
    former, _write = _write, to
    return former


def release(*, everything: bool = False) -> None:
    """Write what is held back and whose window has passed; never raises.

    Args:
        everything: Of a window that is open too.
    """
    guard(partial(_release, everything=everything), _nothing)


def release_all() -> None:
    """Write all that is held back, and hold nothing back from now on: the program ends. Never raises."""
    storm.limit = None
    release(everything=True)


def close() -> None:
    """Write all that is held back, and start from zero: nothing is known of the program or of its errors."""
    release_all()
    storm.forget()
    configure(None)


def _release(*, everything: bool = False) -> None:
    for line, count in storm.release(everything=everything):
        written = line(count)
        if written is not None:
            _write(written)


@lru_cache(maxsize=1)
def _at_exit(_process: int) -> None:
    atexit.register(release_all)
    # A child of multiprocessing ends without atexit.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, release_all, exitpriority=0)


def _nothing(_failure: str) -> None:
    return None
