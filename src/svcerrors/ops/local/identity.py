"""Who a local process is to the platform: its resource, its environment, and the entries written about it."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

__all__ = ["Identity"]

PROJECT = "local"
LOCATION = "local"
SYSTEM, REQUESTS = "run.googleapis.com%2Fvarlog%2Fsystem", "run.googleapis.com%2Frequests"


@dataclass(frozen=True, slots=True)
class Identity:
    """A service or a job on this machine.

    Attributes:
        name: Name of the service or job.
        kind: What it would be on Cloud Run.
        revision: Revision of the service, or execution of the job.
    """

    name: str
    kind: Literal["service", "job"] = "service"
    revision: str = ""
    instance_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def environment(self, port: int) -> dict[str, str]:
        """Return the variables that Cloud Run sets (https://cloud.google.com/run/docs/container-contract)."""
        if self.kind == "job":
            return {
                "CLOUD_RUN_JOB": self.name,
                "CLOUD_RUN_EXECUTION": self.revision,
                "CLOUD_RUN_TASK_INDEX": "0",
                "CLOUD_RUN_TASK_COUNT": "1",
            }
        return {
            "K_SERVICE": self.name,
            "K_REVISION": self.revision,
            "K_CONFIGURATION": self.name,
            "PORT": str(port),
        }

    def entry(self, log_id: str, payload: dict[str, Any], at: int) -> dict[str, Any]:
        """Return a LogEntry of this process.

        Args:
            log_id: Last part of logName, such as `run.googleapis.com%2Fstderr`.
            payload: The part of the entry that the line gave; what it names itself is kept.
            at: When, in nanoseconds since the epoch.
        """
        labels = {"instanceId": self.instance_id, **self._labels(), **payload.get("labels", {})}
        return {
            "logName": f"projects/{PROJECT}/logs/{log_id}",
            "resource": self._resource(),
            "timestamp": _rfc3339(at),
            "receiveTimestamp": _rfc3339(at),
            "insertId": f"{next(self._count):08x}{self.instance_id[:8]}",
            **payload,
            "labels": labels,
        }

    def system(self, severity: str, text: str, at: int) -> dict[str, Any]:
        """Return an entry of the platform's own log."""
        return self.entry(SYSTEM, {"severity": severity, "textPayload": text}, at)

    def _resource(self) -> dict[str, Any]:
        where = {"project_id": PROJECT, "location": LOCATION}
        if self.kind == "job":
            return {"type": "cloud_run_job", "labels": {**where, "job_name": self.name}}
        named = {"service_name": self.name, "configuration_name": self.name, "revision_name": self.revision}
        return {"type": "cloud_run_revision", "labels": {**where, **named}}

    def _labels(self) -> dict[str, str]:
        if self.kind == "job":
            return {"run.googleapis.com/execution_name": self.revision, "run.googleapis.com/task_index": "0"}
        return {}


def _rfc3339(at: int) -> str:
    seconds, nanoseconds = divmod(at, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
