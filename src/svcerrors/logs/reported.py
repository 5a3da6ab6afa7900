"""What the library reports of a run, and as a heartbeat, which is one."""

import math
from collections.abc import Mapping
from typing import Any

from svcerrors._run import HEARTBEAT
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.records import Record
from svcerrors.logs.signs import run
from svcerrors.logs.values import KEY, Malformed, integer, labels, text, uuid

__all__ = ["STATUSES", "reported"]

STATUSES = frozenset({"started", "succeeded", "partial", "failed", "timed_out", "no_data", "skipped"})
"""`answered` is none of them: it is what the platform observes."""

_TEXTS = ("run_key", "phase", "processor_name", "reason", "release", "environment")


def reported(entry: LogEntry, payload: Mapping[str, Any]) -> Record:
    """Return the row of a line about a run.

    Raises:
        Malformed: It says not which run, or not how that is.
    """
    name, status, run_id = text(payload.get("run_name")), text(payload.get("status")), uuid(payload.get("run_id"))
    if not name or not run_id:
        raise Malformed(f"{KEY}.{'run_id is not a UUID' if name else 'run_name is not a string'}")
    if status is None or status not in STATUSES:
        raise Malformed(f"{KEY}.status is not one of {', '.join(sorted(STATUSES))}")
    is_bare = payload["kind"] == "heartbeat" and not name.startswith(HEARTBEAT)
    columns = {
        **{column: text(payload.get(column)) for column in _TEXTS},
        "run_id": run_id,
        "run_name": HEARTBEAT + name if is_bare else name,
        "duration_ms": _duration(payload.get("duration_ms")),
        "row_count": integer(payload.get("row_count")),
        "error_id": uuid(payload.get("error_id")),
        "execution_id": text(entry.labels.get("execution_id")) or text(payload.get("execution_id")),
        "instance_id": entry.where["instance_id"] or text(payload.get("instance_id")),
        "labels": labels(payload.get("labels")),
        "schema_version": integer(payload.get("schema_version")),
    }
    given = {column: value for column, value in columns.items() if value is not None}
    return run(entry, status, "reported", **given)


def _duration(value: Any) -> float | None:
    number = value if isinstance(value, float) else integer(value)
    return None if number is None or not math.isfinite(number) or number < 0 else float(number)
