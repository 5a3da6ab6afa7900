"""A line of any kind: what the platform lifts out of it, and what becomes columns of every table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from svcerrors._ids import Trace
from svcerrors._light import Values
from svcerrors._runtime import Runtime

__all__ = ["COLUMNS", "LIFTED", "SCHEMA_VERSION", "SEVERITIES", "Call", "enclose", "present", "surroundings"]

SCHEMA_VERSION = 1

# https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
SEVERITIES = frozenset({"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"})

NAME_LIMIT = 1_000
"""Characters kept of a label that is a column."""

LIFTED = "logging.googleapis.com/"
_EMPTY: tuple[Any, ...] = ({}, [])

COLUMNS = ("phase", "processor_name")
"""Labels that are columns of every table."""


class Call(Values):
    """What the program was doing: the request or event that it was called with.

    Attributes:
        http_request: Named as LogEntry.httpRequest names it.
        event: Named as the members of the column `event`.
    """

    trace: Trace = Trace()
    execution_id: str | None = None
    http_request: Mapping[str, Any] | None = None
    event: Mapping[str, Any] | None = None


def enclose(
    severity: str,
    time_ns: int,
    message: str,
    columns: dict[str, Any],
    call: Call,
    runtime: Runtime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return a payload of any kind; a key that has no value is absent.

    Args:
        severity: A severity of Cloud Logging.
        time_ns: Nanoseconds since 1970-01-01 UTC.
        message: One line for whoever reads the log.
        columns: Everything that becomes a column.
        call: What the program was doing.
        runtime: Where.
        more: Further keys beside these.
    """
    trace = call.trace.trace
    top = {
        "severity": severity,
        "time": _rfc3339(time_ns),
        "message": message,
        **more,
        LIFTED + "trace": f"projects/{runtime.project}/traces/{trace}" if trace and runtime.project else trace,
        LIFTED + "spanId": call.trace.span_id,
        LIFTED + "trace_sampled": call.trace.sampled,
        LIFTED + "labels": call.execution_id and {"execution_id": call.execution_id},
        "svcerrors": present(columns),
    }
    return present(top)


def surroundings(
    labels: Mapping[str, Any], call: Call, runtime: Runtime, named: tuple[str, ...] = COLUMNS
) -> Iterator[tuple[str, Any]]:
    """Yield the columns that every kind of line has.

    Args:
        labels: What is bound, safe for strict JSON already.
        call: What the program was doing.
        runtime: Where.
        named: The labels that are columns.
    """
    for name in named:
        yield name, None if labels.get(name) is None else str(labels[name])[:NAME_LIMIT]
    yield "execution_id", call.execution_id
    yield "release", runtime.release
    yield "environment", runtime.environment
    yield "execution", runtime.execution
    yield "task_index", runtime.task_index
    yield "labels", {name: value for name, value in labels.items() if name not in named}


def present(values: dict[str, Any]) -> dict[str, Any]:
    """Return what has a value."""
    return {key: value for key, value in values.items() if value is not None and value not in _EMPTY}


def _rfc3339(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000:06d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
