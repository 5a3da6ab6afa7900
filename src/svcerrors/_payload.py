"""The line on standard output: its keys and their values."""

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from svcerrors._chain import Description
from svcerrors._frames import Frame
from svcerrors._runtime import Runtime
from svcerrors._trace import Trace

__all__ = ["SCHEMA_VERSION", "SEVERITIES", "Call", "Occurrence", "build"]

SCHEMA_VERSION = 1

# https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
SEVERITIES = frozenset({"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"})

SUMMARY_LIMIT = 500
"""Characters kept of the one-line message."""

_LIFTED = "logging.googleapis.com/"
_EMPTY: tuple[Any, ...] = ({}, [])
_COLUMNS = ("phase", "processor_name", "correlation_id")


class Call(NamedTuple):
    """What the program was doing: the request or event that it was called with.

    Attributes:
        http_request: Named as LogEntry.httpRequest names it.
        event: Named as the members of the column `event`.
    """

    trace: Trace = Trace()
    execution_id: str | None = None
    http_request: Mapping[str, Any] | None = None
    event: Mapping[str, Any] | None = None


class Occurrence(NamedTuple):
    """An error as it happened.

    Attributes:
        time_ns: Nanoseconds since 1970-01-01 UTC.
        handled: None where nobody knows.
        labels: Safe for strict JSON already.
        internal_error: What failed in our own work on it: the class name.
        occurrences: How many errors it stands for.
    """

    error_id: str
    time_ns: int
    severity: str
    error_category: str
    fingerprint: str
    handled: bool | None
    mechanism: str
    labels: Mapping[str, Any]
    internal_error: str | None = None
    occurrences: int = 1


def build(error: Description, seen: Occurrence, call: Call, runtime: Runtime) -> dict[str, Any]:
    """Return the payload of one error; a key that has no value is absent."""
    top = {
        "severity": seen.severity,
        "time": _rfc3339(seen.time_ns),
        "message": _summary(error),
        "stack_trace": error.stack_trace or None,
        "serviceContext": _service(runtime),
        **{f"{_LIFTED}{name}": value for name, value in _lifted(error, call, runtime)},
        "httpRequest": call.http_request,
        "svcerrors": _present(dict(_columns(error, seen, call, runtime))),
    }
    return _present(top)


def _service(runtime: Runtime) -> dict[str, Any] | None:
    if runtime.service is None:
        return None
    return _present({"service": runtime.service, "version": runtime.revision or runtime.release})


def _lifted(error: Description, call: Call, runtime: Runtime) -> Iterator[tuple[str, Any]]:
    trace = call.trace.trace
    yield "trace", f"projects/{runtime.project}/traces/{trace}" if trace and runtime.project else trace
    yield "spanId", call.trace.span_id
    yield "trace_sampled", call.trace.sampled
    yield "labels", call.execution_id and {"execution_id": call.execution_id}
    if error.frames:
        place = next((frame for frame in reversed(error.frames) if frame.in_app), error.frames[-1])
        yield "sourceLocation", {"file": place.file, "line": str(place.line or 0), "function": place.function}


def _columns(error: Description, seen: Occurrence, call: Call, runtime: Runtime) -> Iterator[tuple[str, Any]]:
    yield "schema_version", SCHEMA_VERSION
    yield "kind", "error"
    yield "error_id", seen.error_id
    yield "error_type", error.error_type
    yield "error_message", error.error_message
    yield "error_category", seen.error_category
    yield "fingerprint", seen.fingerprint
    yield "culprit", error.culprit
    yield "frames", [_frame(frame) for frame in error.frames]
    yield "causes", [cause._asdict() for cause in error.causes]
    yield "handled", seen.handled
    yield "mechanism", seen.mechanism
    yield "occurrences", seen.occurrences
    for name in _COLUMNS:
        yield name, None if seen.labels.get(name) is None else str(seen.labels[name])
    yield "execution_id", call.execution_id
    yield "release", runtime.release
    yield "environment", runtime.environment
    yield "execution", runtime.execution
    yield "task_index", runtime.task_index
    yield "event", call.event
    yield "labels", {name: value for name, value in seen.labels.items() if name not in _COLUMNS}
    yield "internal_error", seen.internal_error


@lru_cache(maxsize=2_048)
def _frame(frame: Frame) -> dict[str, Any]:
    values = {
        "module": frame.module,
        "function": frame.function,
        "file": frame.file,
        "line": frame.line,
        "code": frame.code,
        "in_app": frame.in_app,
    }
    return _present(values)


def _summary(error: Description) -> str:
    first = error.error_message.lstrip().splitlines()
    return (f"{error.error_type}: {first[0]}" if first else error.error_type)[:SUMMARY_LIMIT]


def _rfc3339(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000:06d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value not in _EMPTY}
