"""What the platform's audit log `system_event` says: a revision not ready, a job execution failed or completed.

Some failures stand nowhere else: a revision that never became ready, a job whose secret is gone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.signs import observed
from svcerrors.logs.values import integer, mapping, text, timestamp

__all__ = ["LOG_ID", "audit"]

LOG_ID = "cloudaudit.googleapis.com/system_event"

_JOBS = "cloud_run_job"


def audit(entry: LogEntry) -> list[Record]:
    """Return the row of a failure, or of an execution that completed; nothing for what is ready, begun or cancelled."""
    status = mapping(entry.proto.get("status"))
    response = mapping(entry.proto.get("response"))
    ready = _condition(response)
    is_job = entry.where["resource_type"] == _JOBS
    columns = {"execution": entry.where["execution"] or _name(response)} if is_job else _revision(entry, response)
    if _is_cancelled(entry, response):
        return []
    if not (integer(status.get("code")) or ready.get("status") == "False"):
        return [_completed(entry, response, columns)] if is_job and _is_completed(ready) else []
    error_type = "ExecutionFailed" if is_job else "RevisionNotReady"
    return [failure(entry, error_type, _message(status, ready), mechanism="audit", **columns)]


def _condition(response: Mapping[str, Any]) -> Mapping[str, Any]:
    conditions = mapping(response.get("status")).get("conditions")
    found = [mapping(one) for one in conditions] if isinstance(conditions, list) else []
    return next((one for one in found if text(one.get("type")) in {"Ready", "Completed"}), {})


def _is_completed(condition: Mapping[str, Any]) -> bool:
    return condition.get("type") == "Completed" and condition.get("status") == "True"


def _completed(entry: LogEntry, response: Mapping[str, Any], columns: dict[str, Any]) -> Record:
    """Return the run of an execution: every task of it exited with 0, which is more than an answer."""
    times = mapping(response.get("status"))
    began, ended = timestamp(times.get("startTime")), timestamp(times.get("completionTime"))
    spent = datetime.fromisoformat(ended) - datetime.fromisoformat(began) if began and ended else None
    known = {
        "run_id": columns["execution"] or entry.entry_id,
        "duration_ms": spent.total_seconds() * 1_000 if spent else None,
    }
    return observed(entry, "succeeded", **columns, **known)


def _is_cancelled(entry: LogEntry, response: Mapping[str, Any]) -> bool:
    counts = mapping(response.get("status"))
    if integer(counts.get("failedCount")):
        return False
    return bool(integer(counts.get("cancelledCount"))) or "Cancel" in (text(entry.proto.get("methodName")) or "")


def _message(status: Mapping[str, Any], condition: Mapping[str, Any]) -> str:
    """Return the reason and the condition's words: those of the status name the revision, which changes.

    Unredacted: the platform knows no secret, only the names of secrets, and those are what to look for.
    """
    said = text(status.get("message"), MESSAGE_LIMIT) or ""
    words = text(condition.get("message"), MESSAGE_LIMIT) or said.partition(" with message: ")[2] or said
    reason = text(condition.get("reason"))
    return f"{reason}: {words}" if reason else words


def _revision(entry: LogEntry, response: Mapping[str, Any]) -> dict[str, Any]:
    named = _name(response) if response.get("kind") == "Revision" else None
    latest = text(mapping(response.get("status")).get("latestCreatedRevisionName"))
    return {"revision": entry.where["revision"] or named or latest}


def _name(response: Mapping[str, Any]) -> str | None:
    return text(mapping(response.get("metadata")).get("name"))
