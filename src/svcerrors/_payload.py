"""The line on standard output: its keys and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from svcerrors._chain import Description
from svcerrors._frames import Frame
from svcerrors._light import Values
from svcerrors._line import COLUMNS, LIFTED, SCHEMA_VERSION, Call, enclose, present, surroundings
from svcerrors._runtime import Runtime

__all__ = ["Occurrence", "build", "summary"]

SUMMARY_LIMIT = 500
"""Characters kept of the one-line message."""

_COLUMNS = (*COLUMNS, "correlation_id")


class Occurrence(Values):
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
        "stack_trace": error.stack_trace or None,
        "serviceContext": _service(runtime),
        LIFTED + "sourceLocation": _source(error),
        "httpRequest": call.http_request,
    }
    columns = dict(_columns(error, seen, call, runtime))
    return enclose(
        seen.severity, seen.time_ns, summary(error.error_type, error.error_message), columns, call, runtime, top
    )


def summary(error_type: str, message: str) -> str:
    """Return an error in one line."""
    first = message.lstrip().splitlines()
    return (f"{error_type}: {first[0]}" if first else error_type)[:SUMMARY_LIMIT]


def _service(runtime: Runtime) -> dict[str, Any] | None:
    if runtime.service is None:
        return None
    return present({"service": runtime.service, "version": runtime.revision or runtime.release})


def _source(error: Description) -> dict[str, Any] | None:
    if not error.frames:
        return None
    place = next((frame for frame in reversed(error.frames) if frame.in_app), error.frames[-1])
    return {"file": place.file, "line": str(place.line or 0), "function": place.function}


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
    yield "causes", [{**vars(cause)} for cause in error.causes]
    yield "handled", seen.handled
    yield "mechanism", seen.mechanism
    yield "occurrences", seen.occurrences
    yield from surroundings(seen.labels, call, runtime, _COLUMNS)
    yield "event", call.event
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
    return present(values)
