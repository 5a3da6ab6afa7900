"""One failure, in the words of whoever noticed it, as a row."""

from typing import Any

from svcerrors._category import categorise
from svcerrors._fingerprint import fingerprint
from svcerrors.logs.entry import SEVERITIES, LogEntry
from svcerrors.logs.records import ErrorRecord
from svcerrors.logs.values import Malformed, text

__all__ = ["failure", "service_of"]


def failure(entry: LogEntry, error_type: str, message: str, **columns: Any) -> ErrorRecord:
    """Return a row about an entry.

    Args:
        entry: Where it stands; who failed is who the platform says wrote it.
        error_type: Class name with its module unless builtin, or a platform type.
        message: Redacted and bounded.
        columns: Any further columns; they go before what the entry and the type imply.

    Raises:
        Malformed: The entry's resource names no service.
    """
    service_of(entry)
    implied: dict[str, Any] = {
        **entry.where,
        "error_id": entry.entry_id,
        "error_timestamp": entry.timestamp,
        "error_category": categorise(error_type, message),
        "severity": _at_least_error(entry.severity),
        "fingerprint": fingerprint(error_type, columns.get("frames", ()), message),
        "span_id": entry.span_id,
        "execution_id": text(entry.labels.get("execution_id")),
        "http_request": entry.http_request,
        "event": _event(entry),
    }
    return ErrorRecord(error_type=error_type, error_message=message, **(implied | columns))


def _at_least_error(severity: str) -> str:
    """Return a severity, ERROR for every lower one: the platform logs a crash as a WARNING."""
    return max(severity, "ERROR", key=SEVERITIES.index)


def service_of(entry: LogEntry) -> str:
    """Return the name of the service that the platform says wrote an entry.

    Raises:
        Malformed: The resource names none.
    """
    name = entry.where["service_name"]
    if not name:
        raise Malformed(f"resource {entry.where['resource_type']} names no service")
    return str(name)


def _event(entry: LogEntry) -> dict[str, Any] | None:
    event_id = text(entry.labels.get("run.googleapis.com/cloud_event_id"))
    source = text(entry.labels.get("run.googleapis.com/cloud_event_source"))
    if not event_id and not source:
        return None
    return {"id": event_id, "type": None, "source": source, "subject": None, "delivery_attempt": None}
