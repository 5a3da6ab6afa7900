"""What Workflows says of its executions, in the log `workflows.googleapis.com/executions_system`.

https://cloud.google.com/workflows/docs/log-workflow; the payload is google.cloud.workflows.type.ExecutionsSystemLog.
"""

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors._redact import redact_text
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.signs import observed
from svcerrors.logs.values import mapping, text

__all__ = ["LOG_ID", "workflows"]

LOG_ID = "workflows.googleapis.com/executions_system"

_EXECUTION = "workflows.googleapis.com/execution_id"


def workflows(entry: LogEntry) -> list[Record]:
    """Return the row of an execution that failed or succeeded; nothing for one that started or was cancelled."""
    execution = text(entry.labels.get(_EXECUTION)) or entry.where["execution"]
    state = text(entry.json.get("state"))
    if state == "SUCCEEDED":
        return [observed(entry, "succeeded", run_id=execution or entry.entry_id, execution=execution)]
    if state != "FAILED":
        return []
    failed = mapping(entry.json.get("failure"))
    words = text(failed.get("exception"), 2 * MESSAGE_LIMIT) or text(entry.json.get("message")) or ""
    return [
        failure(
            entry,
            "ExecutionFailed",
            redact_text(words)[:MESSAGE_LIMIT],
            mechanism="platform",
            culprit=text(failed.get("source")),
            execution=execution,
        )
    ]
