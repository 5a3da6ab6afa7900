"""A LogEntry as Cloud Logging exports it, read as far as rows need it.

Field names and types: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from svcerrors.logs.values import Malformed, http_request, integer, mapping, text, timestamp, trace_id

__all__ = ["PAYLOAD_LIMIT", "SEVERITIES", "LogEntry"]

PAYLOAD_LIMIT = 524_288
"""Characters read of a text: twice what Cloud Logging takes (https://cloud.google.com/logging/quotas)."""

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")


class _Resource(NamedTuple):
    """The resource labels that say who wrote an entry."""

    service_name: str
    location: str = "location"
    revision: str = "revision_name"


_RESOURCES = {
    "cloud_run_revision": _Resource("service_name"),
    "cloud_run_job": _Resource("job_name"),
    "cloud_run_worker_pool": _Resource("worker_pool_name"),
    "cloud_function": _Resource("function_name", location="region"),
    "cloud_scheduler_job": _Resource("job_id"),
    "workflows.googleapis.com/Workflow": _Resource("workflow_id"),
}

_UNKNOWN = _Resource("service_name")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry.

    Attributes:
        entry_id: Hash of what identifies it: the same for every redelivery and every backfill.
        log_id: Last part of logName, decoded, such as `run.googleapis.com/stderr`.
        severity: One of SEVERITIES; DEFAULT when the entry has none.
        where: The columns that service_errors and service_runs share.
        http_request: The column of that name.
        sample_rate: Part of the answers to ordinary callers that the filter lets through; None: they give no row.
    """

    entry_id: str
    timestamp: str
    log_id: str
    severity: str
    text: str
    json: Mapping[str, Any]
    proto: Mapping[str, Any]
    labels: Mapping[str, Any]
    source_location: Mapping[str, Any]
    where: Mapping[str, Any]
    http_request: dict[str, Any] | None
    span_id: str | None
    sample_rate: float | None = None

    @classmethod
    def read(cls, raw: Any, source: str, sample_rate: float | None = None) -> "LogEntry":
        """Read an entry.

        Raises:
            Malformed: It is no object, or has no possible timestamp.
        """
        if not isinstance(raw, Mapping):
            raise Malformed("not a JSON object")
        moment = timestamp(raw.get("timestamp"))
        if moment is None:
            raise Malformed("timestamp is not RFC 3339" if raw.get("timestamp") else "no timestamp")
        severity = text(raw.get("severity"))
        return cls(
            entry_id=_identity(raw, moment),
            timestamp=moment,
            log_id=_log_id(text(raw.get("logName")) or ""),
            severity=severity if severity in SEVERITIES else "DEFAULT",
            text=text(raw.get("textPayload"), PAYLOAD_LIMIT) or "",
            json=mapping(raw.get("jsonPayload")),
            proto=mapping(raw.get("protoPayload")),
            labels=mapping(raw.get("labels")),
            source_location=mapping(raw.get("sourceLocation")),
            where=_where(raw, source),
            http_request=http_request(raw.get("httpRequest")),
            span_id=text(raw.get("spanId"), 32),
            sample_rate=sample_rate,
        )


@lru_cache(maxsize=256)
def _log_id(log_name: str) -> str:
    return unquote(log_name.rpartition("/logs/")[2])


def _identity(raw: Mapping[str, Any], moment: str) -> str:
    piece = integer(mapping(raw.get("split")).get("index")) or 0
    key = "\0".join((text(raw.get("logName")) or "", moment, text(raw.get("insertId")) or "", str(piece)))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _where(raw: Mapping[str, Any], source: str) -> dict[str, Any]:
    resource, labels = mapping(raw.get("resource")), mapping(raw.get("labels"))
    names = _RESOURCES.get(text(resource.get("type")) or "", _UNKNOWN)
    identity = mapping(resource.get("labels"))
    return {
        "received_at": timestamp(raw.get("receiveTimestamp")),
        "service_name": text(identity.get(names.service_name)),
        "project_id": text(identity.get("project_id")),
        "location": text(identity.get(names.location)),
        "resource_type": text(resource.get("type")),
        "revision": text(identity.get(names.revision)),
        "release": text(labels.get("commit-sha")),
        "instance_id": text(labels.get("instanceId")) or text(labels.get("instance_id")),
        "execution": text(labels.get("run.googleapis.com/execution_name")),
        "task_index": integer(labels.get("run.googleapis.com/task_index")),
        "trace": trace_id(raw.get("trace")),
        "log_name": text(raw.get("logName")),
        "insert_id": text(raw.get("insertId")),
        "source": source,
    }
