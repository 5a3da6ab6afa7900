"""What Cloud Run's request log says: a request that failed, a call that was turned away, and one that was answered."""

from typing import Any
from urllib.parse import urlsplit

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors._redact import redact_text
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.rules import Rule, first_match
from svcerrors.logs.signs import observed

__all__ = ["CALLERS", "LOG_ID", "REFUSALS", "RULES", "request"]

LOG_ID = "run.googleapis.com/requests"

CALLERS = ("Google-Cloud-Scheduler", "APIs-Google", "CloudPubSub-Google", "Google-Cloud-Tasks")
"""How the User-Agent of Scheduler, Eventarc, Pub/Sub and Tasks begins: what they call is meant to run."""

# https://cloud.google.com/run/docs/troubleshooting
RULES = (
    Rule(r"[^\n]{0,200}\bno available instance\b", "NoInstance"),
    Rule(r"[^\n]{0,200}\bmaximum request timeout\b", "RequestTimeout"),
)

# What keeps a call from arriving: the caller lost its role, or the target is gone. Only of calls that are meant to run.
REFUSALS = {401: "InvokerDenied", 403: "InvokerDenied", 404: "TargetNotFound"}

_SERVER_ERRORS = range(500, 600)
_REFUSALS = range(400, 500)
_ANSWERS = range(200, 300)
_GATEWAY_TIMEOUT = 504


def request(entry: LogEntry) -> list[Record]:
    """Return the row of a failed request, or the sign of life that an answered call is; nothing for the rest."""
    http = entry.http_request or {}
    status = http.get("status")
    said = first_match(RULES, entry.text)
    if said and status not in _ANSWERS:
        return [failure(entry, said.error_type, said.message, mechanism="request")]
    if status in _SERVER_ERRORS:
        error_type = "RequestTimeout" if status == _GATEWAY_TIMEOUT else f"HttpStatus{status}"
        return [failure(entry, error_type, _message(entry, http), mechanism="request")]
    is_meant_to_run = (http.get("user_agent") or "").startswith(CALLERS)
    if status in _REFUSALS and is_meant_to_run:
        error_type = REFUSALS.get(status or 0, f"HttpStatus{status}")
        return [failure(entry, error_type, _message(entry, http), mechanism="request")]
    rate = 1.0 if is_meant_to_run else entry.sample_rate
    if status in _ANSWERS and rate:
        return [observed(entry, duration_ms=http["latency_ms"], sample_rate=rate)]
    return []


def _message(entry: LogEntry, http: dict[str, Any]) -> str:
    if entry.text:
        return redact_text(entry.text[:MESSAGE_LIMIT])
    return f"{http['method'] or 'request'} {_path(http['url'])} was answered {http['status']}"


def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path or "/"
    except ValueError:
        return "/"
