"""One line to the kernel in one write, whole or not at all."""

from __future__ import annotations

import os
import sys
import threading
import time

__all__ = ["ATOMIC", "STDERR", "STDOUT", "emit", "lost"]

STDOUT, STDERR = 1, 2
"""File descriptors, not `sys.stdout`: hosts replace, close and wrap that."""

ATOMIC = 4_096
"""Bytes that a pipe takes in one piece, whoever else writes to it (PIPE_BUF of pipe(7) on Linux)."""

PATIENCE = 1.0
"""Seconds to wait for another thread's line, for another process's, and for a reader that is behind."""

_PAUSE = 0.005

_lock = threading.RLock()
_lost = 0
_torn: set[int] = set()


def emit(line: bytes) -> bool:
    """Write a line to standard output, else to standard error; tell whether it was written whole.

    Never raises OSError and never waits for long; a line that no descriptor takes is counted by `lost`.

    Args:
        line: Bytes that end in one newline.
    """
    global _lost  # noqa: PLW0603  # one count per process
    # When the interpreter ends, a daemon thread may have been cut off with the lock in its hand.
    if not (sys.is_finalizing() or _lock.acquire(timeout=PATIENCE)):
        _lost += 1
        return False
    written = False
    try:
        written = _in_turn(line) if len(line) > ATOMIC else _anywhere(line)
    finally:
        _lost += not written
        while _holds():  # a signal may end us anywhere, also before a variable could say that we hold it
            _lock.release()
    return written


def lost() -> int:
    """Return how many lines of this process could not be written."""
    return _lost


def _holds() -> bool:
    holds: bool = _lock._is_owned()  # type: ignore[attr-defined]  # noqa: SLF001  # as threading.Condition asks
    return holds


def _in_turn(line: bytes) -> bool:
    # A file, because the processes of an instance share nothing else; opened for each long line, because a host may
    # close descriptors that are not its own. lockf, not flock: a forked child does not inherit it, and os has it.
    path = f"{os.environ.get('TMPDIR') or '/tmp'}/svcerrors-{os.getuid()}.lock"  # noqa: S108  # holds nothing
    try:
        turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return _anywhere(line)  # nowhere to agree with others
    try:
        return _is_ours(turn) and _anywhere(line)
    finally:
        os.close(turn)  # and with it the lock


def _is_ours(turn: int) -> bool:
    pause, deadline = _PAUSE / 64, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.lockf(turn, os.F_TLOCK, 0)
        except (BlockingIOError, PermissionError):  # POSIX leaves the choice to the system
            time.sleep(pause)
            pause = min(2 * pause, _PAUSE)
        except OSError:
            return True  # a file system without locks
        else:
            return True
    return False


def _anywhere(line: bytes) -> bool:
    return _write(STDOUT, line) or _write(STDERR, line)


def _write(descriptor: int, line: bytes) -> bool:
    if descriptor in _torn:
        line = b"\n" + line  # what was left there must not become one line with this
    rest, deadline = memoryview(line), time.monotonic() + PATIENCE
    try:
        while rest and time.monotonic() < deadline:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                time.sleep(_PAUSE)
    except OSError:
        return False
    else:
        return not rest
    finally:
        _note(descriptor, len(line) - len(rest), len(rest))


def _note(descriptor: int, written: int, missing: int) -> None:
    if not missing:
        _torn.discard(descriptor)
    elif written:
        _torn.add(descriptor)


def _after_fork() -> None:
    global _lock, _lost  # the parent's lock may be held by a thread that the child does not have
    _lock, _lost = threading.RLock(), 0


os.register_at_fork(after_in_child=_after_fork)
