"""A disk that processes share: locks that end with who holds them, and writes that outlast the machine."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

__all__ = ["locked", "replace_text", "sync"]


def replace_text(path: Path, text: str) -> None:
    """Replace a small file at one stroke, durably."""
    scratch = path.with_name(f".{uuid4().hex}.tmp")
    scratch.write_text(text, "utf-8")
    sync(scratch)
    scratch.replace(path)
    sync(path.parent)


@contextmanager
def locked(path: Path, kind: int) -> Iterator[bool]:
    """Hold a lock (flock(2)), or tell that another holds it, where `kind` says not to wait."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield _flock(descriptor, kind)
    finally:
        os.close(descriptor)


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    return True


def sync(path: Path) -> None:
    """Have a file or folder on the disk itself (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
