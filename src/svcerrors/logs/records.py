"""What a log entry becomes: a row of one of three tables."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, ClassVar

from svcerrors._chain import Cause
from svcerrors._frames import Frame

__all__ = ["ErrorRecord", "Record", "Rejected", "RunRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """A row of `service_errors`, without `inserted_at`, which whoever stores it adds.

    Timestamps are RFC 3339 texts in UTC with six fractional digits, `labels` is JSON text.
    """

    table: ClassVar[str] = "service_errors"

    error_id: str
    error_timestamp: str
    received_at: str | None = None
    service_name: str
    phase: str | None = None
    processor_name: str | None = None
    error_type: str
    error_message: str
    error_category: str
    severity: str
    fingerprint: str
    culprit: str | None = None
    stack_trace: str | None = None
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    handled: bool | None = None
    mechanism: str | None = None
    occurrences: int = 1
    is_fragment: bool | None = None
    project_id: str | None = None
    location: str | None = None
    resource_type: str | None = None
    revision: str | None = None
    release: str | None = None
    environment: str | None = None
    instance_id: str | None = None
    execution: str | None = None
    task_index: int | None = None
    trace: str | None = None
    span_id: str | None = None
    correlation_id: str | None = None
    execution_id: str | None = None
    http_request: Mapping[str, Any] | None = None
    event: Mapping[str, Any] | None = None
    recovery_attempted: bool | None = None
    recovery_successful: bool | None = None
    labels: str | None = None
    log_name: str | None = None
    insert_id: str | None = None
    schema_version: int | None = None
    source: str | None = None

    def row(self) -> dict[str, Any]:
        """Return the columns as JSON values."""
        columns = _columns(self)
        columns["frames"] = [_frame(frame).copy() for frame in self.frames]
        columns["causes"] = [{**vars(cause)} for cause in self.causes]
        return columns


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A row of `service_runs`, without `inserted_at`, which whoever stores it adds."""

    table: ClassVar[str] = "service_runs"

    row_id: str
    run_timestamp: str
    received_at: str | None = None
    run_id: str
    run_name: str
    run_key: str | None = None
    service_name: str
    phase: str | None = None
    processor_name: str | None = None
    status: str
    evidence: str
    duration_ms: float | None = None
    row_count: int | None = None
    reason: str | None = None
    error_id: str | None = None
    project_id: str | None = None
    location: str | None = None
    resource_type: str | None = None
    revision: str | None = None
    release: str | None = None
    environment: str | None = None
    instance_id: str | None = None
    execution: str | None = None
    task_index: int | None = None
    trace: str | None = None
    execution_id: str | None = None
    labels: str | None = None
    sample_rate: float | None = None
    log_name: str | None = None
    insert_id: str | None = None
    schema_version: int | None = None
    source: str | None = None

    def row(self) -> dict[str, Any]:
        """Return the columns as JSON values."""
        return _columns(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row of `service_errors_rejected`, without `rejected_at`, which whoever stores it adds."""

    table: ClassVar[str] = "service_errors_rejected"

    reason: str
    raw: bytes
    message_id: str | None = None
    attributes: str | None = None
    source: str | None = None

    def row(self) -> dict[str, Any]:
        """Return the columns as JSON values; the bytes in base64."""
        return _columns(self) | {"raw": b64encode(self.raw).decode("ascii")}


Record = ErrorRecord | RunRecord | Rejected


def _columns(record: Record) -> dict[str, Any]:
    names = _names(record.table)
    return dict(zip(names, _values(record.table)(record), strict=True))


_KINDS: dict[str, type[Record]] = {kind.table: kind for kind in (ErrorRecord, RunRecord, Rejected)}


@cache
def _names(table: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(_KINDS[table]))


@cache
def _values(table: str) -> Callable[[Record], tuple[Any, ...]]:
    return attrgetter(*_names(table))


@lru_cache(maxsize=2_048)
def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "module": frame.module,
        "function": frame.function,
        "file": frame.file,
        "line": frame.line,
        "code": frame.code,
        "in_app": frame.in_app,
    }
