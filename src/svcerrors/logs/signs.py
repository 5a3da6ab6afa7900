"""Signs of life: what shows that something ran, with not a line of it changed."""

from typing import Any

from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import service_of
from svcerrors.logs.records import RunRecord

__all__ = ["observed"]


def observed(entry: LogEntry, status: str = "answered", **columns: Any) -> RunRecord:
    """Return the row of a run that the platform logged.

    Args:
        entry: Where it stands; what ran is what the platform says wrote it.
        status: `answered` proves life, not success: a handler that swallows its exception answers 200.
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
        "sample_rate": 1.0,
    }
    return RunRecord(status=status, evidence="observed", **(implied | columns))
