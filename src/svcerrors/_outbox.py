"""What is written at once, and what is held back in a storm and written later."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import Any

from svcerrors._emit import emit
from svcerrors._guard import guard
from svcerrors._program import BeforeEmit, identify_as
from svcerrors._runtime import Runtime
from svcerrors._storm import RATE_LIMIT, Line, Storm
from svcerrors._trim import encode

__all__ = [
    "close",
    "configure",
    "divert",
    "release",
    "release_all",
    "send",
    "storm",
    "waiting",
    "write",
]


storm = Storm()
"""This process's own."""

waiting = storm.waiting
"""What it holds back: while it is empty, there is nothing to release."""

_write: Callable[[bytes], bool] = emit


def configure(
    known: Runtime | None, before_emit: BeforeEmit | None = None, rate_limit: int | None = RATE_LIMIT
) -> None:
    """Set who this program is, who has the last word on a line, and how many of one error are written."""
    identify_as(known, before_emit)
    storm.limit = rate_limit


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
