"""What is said of a run: by the program, by how it ended, and on its lines; a heartbeat is one too."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from svcerrors._guard import attempt
from svcerrors._jsonable import text
from svcerrors._line import SCHEMA_VERSION, Call, enclose, surroundings
from svcerrors._runtime import Runtime

__all__ = ["HEARTBEAT", "UNNAMED", "Moment", "Run", "report"]

HEARTBEAT = "heartbeat:"
"""How the run_name of every heartbeat begins."""

UNNAMED = "unnamed"
"""The run_name of what has none."""

_FAILURES = ("failed", "timed_out")
_SEVERITIES = {"failed": "ERROR", "timed_out": "ERROR", "partial": "WARNING"}

SUMMARY_LIMIT = 500
"""Characters kept of the one-line message."""

_INT64 = 1 << 63

Moment = tuple[str, str, int, float | None]
"""Kind (`run` or `heartbeat`), status, nanoseconds since 1970-01-01 UTC, milliseconds that it took if it ended."""


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


def report(
    run: Run, moment: Moment, labels: Mapping[str, Any], call: Call, runtime: Runtime, internal_error: str | None = None
) -> dict[str, Any]:
    """Return the payload of one moment of a run; a key that has no value is absent.

    Args:
        run: The run.
        moment: How it is, and since when.
        labels: Safe for strict JSON already.
        call: What the program was doing.
        runtime: Where.
        internal_error: What failed in our own work on it: the class name.
    """
    kind, status, time_ns, duration_ms = moment
    columns = {
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "run_id": run.run_id,
        "run_name": _words(run.name) or UNNAMED,
        "run_key": _words(run.key),
        "status": status,
        "evidence": "reported",
        "duration_ms": duration_ms,
        "row_count": _count(run.row_count),
        "reason": _words(run.reason),
        "error_id": run.error_id,
        **dict(surroundings(labels, call, runtime)),
        "internal_error": internal_error,
    }
    return enclose(_SEVERITIES.get(status, "INFO"), time_ns, _message(columns), columns, call, runtime)


def _words(value: Any) -> str | None:
    return None if value is None else text(value) or None


def _count(rows: Any) -> int | None:
    # A count of numpy or pandas is no int, but can be one; of anything else, nobody knows what it means.
    whole = float.is_integer(rows) if issubclass(type(rows), float) else hasattr(type(rows), "__index__")
    count: int | None = attempt(lambda: int(rows))[0] if whole else None
    return count if count is not None and -_INT64 <= count < _INT64 else None


def _message(columns: Mapping[str, Any]) -> str:
    """Return it in one line: `run phase3_to_phase4 2026-01-25 partial: 812 rows`, `heartbeat:orders succeeded`."""
    rows = columns["row_count"]
    kind = "run" if columns["kind"] == "run" else None  # the name of a heartbeat says so itself
    beginning = (kind, columns["run_name"], columns["run_key"], columns["status"])
    end = (None if rows is None else f"{rows} rows", columns["reason"])
    words = [" ".join(filter(None, beginning)), ", ".join(filter(None, end))]
    return " ".join(": ".join(filter(None, words)).split())[:SUMMARY_LIMIT]
