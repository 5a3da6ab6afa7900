"""How often one error is written: what is over the limit is held back, counted, and later written as one line."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable
from itertools import takewhile

__all__ = ["RATE_LIMIT", "WINDOW", "Line", "Storm"]

RATE_LIMIT = 10
"""Lines of one fingerprint in a window, unless set otherwise."""

WINDOW = 1.0
"""Seconds."""

KNOWN = 1_000
"""Fingerprints, and ways to them, that are remembered: a program with more is no storm of one error."""

Line = Callable[[int], bytes | None]
"""Makes a line, given how many errors it stands for; None if it is not to be written."""


class _Bucket:
    """The window of one fingerprint: what was written in it, and what stands for all that was not."""

    __slots__ = ("began", "count", "error_id", "held", "written")

    def __init__(self) -> None:
        self.began, self.written, self.count = time.monotonic(), 0, 0
        self.error_id = ""
        self.held: Line | None = None

    def has_passed(self) -> bool:
        return time.monotonic() - self.began >= WINDOW


class Storm:
    """Remembers by fingerprint; keeps no exception, only what the caller makes of the first that is held back.

    Attributes:
        limit: Lines of one fingerprint in a window; None for no limit.
        waiting: What is held back. While it is empty there is nothing to release.
    """

    def __init__(self, limit: int | None = RATE_LIMIT) -> None:
        self.limit = limit
        self.waiting: dict[Hashable, _Bucket] = {}
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Start from zero, as a forked child does: what is held back is its parent's."""
        self._lock = threading.RLock()
        self._buckets: dict[Hashable, _Bucket] = {}
        self._places: dict[Hashable, _Bucket] = {}
        self.waiting.clear()

    def count(self, place: Hashable) -> str | None:
        """Count one more under what is held back of the same place; return its error_id, None if nothing is."""
        with self._lock:
            bucket = self._places.get(place)
            if bucket is None or bucket.held is None or bucket.has_passed():
                return None
            bucket.count += 1
            return bucket.error_id

    def hold(self, place: Hashable, same: Hashable, error_id: str, line: Line) -> str | None:
        """Hold back what is over the limit; return the error_id that it is counted under, None if it may be written.

        Args:
            place: Where it came from, by which `count` will know the next; None if it will not.
            same: What makes two errors the same.
            error_id: Of this one.
            line: Makes what there is to write.
        """
        if self.limit is None:
            return None
        with self._lock:
            bucket = self._bucket(place, same)
            if bucket.held is None:
                if bucket.has_passed():
                    bucket.began, bucket.written = time.monotonic(), 0
                if bucket.written < self.limit or len(self.waiting) >= KNOWN:
                    bucket.written += 1
                    return None
                bucket.held, bucket.error_id, self.waiting[same] = line, error_id, bucket
            bucket.count += 1
            return bucket.error_id

    def release(self, *, everything: bool = False) -> list[tuple[Line, int]]:
        """Return what was held back and how many errors it stands for, once its window has passed or at once."""
        with self._lock:
            ready = list(takewhile(lambda item: everything or item[1].has_passed(), self.waiting.items()))
            return [self._taken(same, bucket) for same, bucket in ready]

    def _taken(self, same: Hashable, bucket: _Bucket) -> tuple[Line, int]:
        del self.waiting[same]
        line, count, bucket.held, bucket.count = bucket.held, bucket.count, None, 0
        assert line is not None  # noqa: S101  # it was waiting
        return line, count

    def _bucket(self, place: Hashable, same: Hashable) -> _Bucket:
        if len(self._buckets) >= KNOWN or len(self._places) >= KNOWN:
            self._buckets, self._places = dict(self.waiting), {}
        bucket = self._buckets.get(same) or self._buckets.setdefault(same, _Bucket())
        if place is not None:
            self._places[place] = bucket
        return bucket
