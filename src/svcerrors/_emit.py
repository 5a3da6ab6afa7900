"""One line to the kernel in one write, whole or not at all."""

import os
import threading
import time

__all__ = ["STDERR", "STDOUT", "emit", "lost"]

STDOUT, STDERR = 1, 2
"""File descriptors, not `sys.stdout`: hosts replace, close and wrap that."""

PATIENCE = 1.0
"""Seconds to wait for another thread's line, and for a reader that is behind."""

_PAUSE = 0.005

_lock = threading.Lock()
_lost = 0


def emit(line: bytes) -> bool:
    """Write a line to standard output, else to standard error; tell whether it was written whole.

    Never raises OSError and never waits for long; a line that no descriptor takes is counted by `lost`.

    Args:
        line: Bytes that end in one newline.
    """
    global _lost  # noqa: PLW0603  # one count per process
    if not _lock.acquire(timeout=PATIENCE):
        _lost += 1
        return False
    try:
        written = _write(STDOUT, line) or _write(STDERR, line)
        _lost += not written
        return written
    finally:
        _lock.release()


def lost() -> int:
    """Return how many lines of this process could not be written."""
    return _lost


def _write(descriptor: int, line: bytes) -> bool:
    rest, deadline = memoryview(line), time.monotonic() + PATIENCE
    while rest and time.monotonic() < deadline:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            time.sleep(_PAUSE)
        except OSError:
            return False
    return not rest


def _after_fork() -> None:
    global _lock, _lost  # the parent's lock may be held by a thread that the child does not have
    _lock, _lost = threading.Lock(), 0


os.register_at_fork(after_in_child=_after_fork)
