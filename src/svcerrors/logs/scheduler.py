"""What Cloud Scheduler says of its attempts, in the log `cloudscheduler.googleapis.com/executions`.

https://cloud.google.com/scheduler/docs/reference/rest/Shared.Types/AttemptFinished.
"""

from svcerrors._redact import redact_url
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.levels import is_error
from svcerrors.logs.records import Record
from svcerrors.logs.signs import observed
from svcerrors.logs.values import text

__all__ = ["LOG_ID", "scheduler"]

LOG_ID = "cloudscheduler.googleapis.com/executions"

_FINISHED = ".AttemptFinished"
_FIRST_REFUSAL = 400


def scheduler(entry: LogEntry) -> list[Record]:
    """Return the row of an attempt, named after the scheduler's job; nothing for its other news."""
    if not (text(entry.json.get("@type")) or "").endswith(_FINISHED):
        return []
    answered = (entry.http_request or {}).get("status") or 0
    if is_error(entry.severity) or answered >= _FIRST_REFUSAL:
        return [failure(entry, "SchedulerAttemptFailed", _message(entry), mechanism="scheduler")]
    status = text(entry.json.get("status")) or "OK"
    return [observed(entry, reason=_target(entry))] if status == "OK" else []


def _message(entry: LogEntry) -> str:
    """Return status, target and what the scheduler knows: `INTERNAL: https://host/run: URL_ERROR-…`."""
    known = (
        text(entry.json.get("status")),
        _target(entry),
        text(entry.json.get("debugInfo")),
    )
    return ": ".join(word for word in known if word)


def _target(entry: LogEntry) -> str | None:
    url = text(entry.json.get("url"))
    return redact_url(url) if url else text(entry.json.get("targetType"))
