"""What is said of a run: by the program, and by how it ended."""

import time
from typing import Any

__all__ = ["Run"]

_FAILURES = ("failed", "timed_out")


class Run:
    """One run of something that is meant to happen. What is said of it here, its last line says.

    Attributes:
        run_id: The same on both of its lines.
        name: What runs.
        key: What it runs for: a date, a batch.
        error_id: Of the error that ended it, else of the last one in it that someone swallowed.
        reason: Why it ended as it did, in words.
        row_count: The rows that were set, None if none were.
        began: Seconds of the monotonic clock.
    """

    __slots__ = ("_status", "_swallowed", "began", "error_id", "key", "name", "reason", "row_count", "run_id")

    def __init__(self, run_id: str, name: str, key: Any = None) -> None:
        self.run_id, self.name, self.key, self.began = run_id, name, key, time.monotonic()
        self.error_id: str | None = None
        self.reason: Any = None
        self._status, self._swallowed = "succeeded", False
        self.row_count: int | None = None

    @property
    def rows(self) -> int:
        """How many rows it made; 0 until it is set, and its last line has none then."""
        return self.row_count or 0

    @rows.setter
    def rows(self, count: int) -> None:
        self.row_count = count

    def no_data(self, reason: str = "") -> None:
        """Say that there was nothing to work on, as may be expected."""
        self._say("no_data", reason)

    def skip(self, reason: str = "") -> None:
        """Say that it was not to run this time."""
        self._say("skipped", reason)

    def fail(self, reason: str = "") -> None:
        """Say that it failed, though it raised nothing; what is said later does not take that back."""
        self._say("failed", reason)

    def swallowed(self, error_id: str) -> None:
        """Take note of an error in it; if it does not end the run, someone swallowed it."""
        self.error_id, self._swallowed = error_id, True

    def ended(self, status: str, reason: str, error_id: str | None) -> None:
        """Take note of the exception that ended it."""
        self.error_id = error_id or self.error_id
        self._say(status, reason)

    def outcome(self) -> str:
        """Return its status: it succeeded only if nobody swallowed an error in it."""
        return "partial" if self._swallowed and self._status not in _FAILURES else self._status

    def _say(self, status: str, reason: Any) -> None:
        if self._status != "failed":
            self._status, self.reason = status, reason
