"""Runs: what shows that something ran, with not a line of it changed or in its own words."""

from typing import Any

from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import service_of
from svcerrors.logs.records import RunRecord
from svcerrors.logs.values import text

__all__ = ["observed", "run"]


def observed(entry: LogEntry, status: str = "answered", **columns: Any) -> RunRecord:
    """Return the row of a run that the platform logged.

    Args:
        entry: Where it stands; what ran is what the platform says wrote it.
        status: `answered` proves life, not success: a handler that swallows its exception answers 200.
        columns: Any further columns; they go before what the entry implies.

    Raises:
        Malformed: The entry's resource names no service.
    """
    return run(entry, status, "observed", **columns)


def run(entry: LogEntry, status: str, evidence: str, **columns: Any) -> RunRecord:
    """Return the row of a run.

    Args:
        entry: Where it stands.
        status: How it is.
        evidence: `observed` by the platform, or `reported` by the library.
        columns: Any further columns; they go before what the entry implies.

    Raises:
        Malformed: The entry's resource names no service.
    """
    implied: dict[str, Any] = {
        **entry.where,
        "row_id": entry.entry_id,
        "run_timestamp": entry.timestamp,
        "run_id": entry.entry_id,
        "run_name": service_of(entry),
        "execution_id": text(entry.labels.get("execution_id")),
        "sample_rate": 1.0,
    }
    return RunRecord(status=status, evidence=evidence, **(implied | columns))
