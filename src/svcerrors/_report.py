"""The line of a run, and of a heartbeat, which is one: its keys and their values."""

from collections.abc import Mapping
from typing import Any

from svcerrors._guard import attempt
from svcerrors._jsonable import text
from svcerrors._line import SCHEMA_VERSION, Call, enclose, surroundings
from svcerrors._run import Run
from svcerrors._runtime import Runtime

__all__ = ["HEARTBEAT", "UNNAMED", "Moment", "report"]

HEARTBEAT = "heartbeat:"
"""How the run_name of every heartbeat begins."""

UNNAMED = "unnamed"
"""The run_name of what has none."""

_SEVERITIES = {"failed": "ERROR", "timed_out": "ERROR", "partial": "WARNING"}

SUMMARY_LIMIT = 500
"""Characters kept of the one-line message."""

_INT64 = 1 << 63


Moment = tuple[str, str, int, float | None]
"""Kind (`run` or `heartbeat`), status, nanoseconds since 1970-01-01 UTC, milliseconds that it took if it ended."""


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
