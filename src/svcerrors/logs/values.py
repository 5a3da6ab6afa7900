"""JSON values whose types nobody promised, read as what a column takes."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from svcerrors._redact import redact_url

__all__ = [
    "KEY",
    "Malformed",
    "flag",
    "http_request",
    "integer",
    "json_text",
    "labels",
    "mapping",
    "text",
    "timestamp",
    "trace_id",
    "uuid",
]

KEY = "svcerrors"
"""Of the object in jsonPayload that makes a line one of ours."""


TEXT_LIMIT = 1_024
"""Characters kept of a name, an id or an address."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_SECONDS = len("2026-01-25T09:30:00")
_LATENCY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_TRACE = re.compile(r"(?:projects/[^/]{1,100}/traces/)?([0-9a-fA-F]{1,32})", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_INT64 = 1 << 63


class Malformed(ValueError):
    """The entry cannot become a row; the text says why."""


def text(value: Any, limit: int = TEXT_LIMIT) -> str | None:
    """Return a string as every store takes it, at most `limit` characters; None when it is none or empty."""
    if not isinstance(value, str) or not value:
        return None
    if value.isascii() and len(value) <= limit and "\0" not in value:
        return value
    return value[:limit].encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def integer(value: Any) -> int | None:
    """Return an INT64, which JSON may hold as a number or as text (https://protobuf.dev/programming-guides/json/)."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64:
        return value
    return None


def flag(value: Any) -> bool | None:
    """Return a boolean, None for everything else."""
    return value if isinstance(value, bool) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, an empty one for everything else."""
    return value if type(value) is dict or (value is not None and isinstance(value, Mapping)) else {}


def json_text(value: Mapping[str, Any]) -> str | None:
    """Return an object as strict JSON; None when it is empty or nested too deeply."""
    if not value:
        return None
    try:
        written = json.dumps(value, ensure_ascii=False, default=str)
        if "NaN" in written or "Infinity" in written:
            written = json.dumps(json.loads(written, parse_constant=str), ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return None
    return written.encode("utf-8", "replace").decode("utf-8")


def labels(value: Any) -> str | None:
    """Return the labels of a line of ours as strict JSON.

    Raises:
        Malformed: They are none.
    """
    written = json_text(mapping(value))
    if written is None and value:
        raise Malformed(f"{KEY}.labels is not an object, or too deep")
    return written


def uuid(value: Any) -> str | None:
    """Return a UUID in lower case; None when it is none."""
    written = value.lower() if isinstance(value, str) else ""
    return written if _UUID.fullmatch(written) else None


def timestamp(value: Any) -> str | None:
    """Return an RFC 3339 time in UTC with six fractional digits, further ones cut off; None when it is none."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return None
    try:
        if value.endswith("Z"):
            datetime.fromisoformat(value[:_SECONDS])
            return f"{value[:_SECONDS]}.{value[_SECONDS + 1 : -1][:6]:0<6}Z"
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def trace_id(value: Any) -> str | None:
    """Return the id of `projects/PROJECT/traces/ID`, or of a bare id."""
    found = _TRACE.fullmatch(value) if isinstance(value, str) else None
    return found[1].lower() if found else None


def http_request(value: Any) -> dict[str, Any] | None:
    """Return LogEntry.httpRequest as the column of that name, the URL without its query string."""
    raw = mapping(value)
    if not raw:
        return None
    url = text(raw.get("requestUrl"), 4 * TEXT_LIMIT)
    return {
        "method": text(raw.get("requestMethod"), 32),
        "url": redact_url(url)[:TEXT_LIMIT] if url else None,
        "status": integer(raw.get("status")),
        "latency_ms": _milliseconds(raw.get("latency")),
        "user_agent": text(raw.get("userAgent")),
        "remote_ip": text(raw.get("remoteIp"), 64),
    }


def _milliseconds(latency: Any) -> float | None:
    found = _LATENCY.fullmatch(latency) if isinstance(latency, str) else None
    return round(float(found[1]) * 1_000, 6) if found else None
