"""Which entry means what: the first reader in READERS whose log an entry belongs to decides."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from svcerrors.logs import audit, platform, request, scheduler, structured, workflows
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.recorded import recorded
from svcerrors.logs.records import Record, Rejected
from svcerrors.logs.values import Malformed, json_text
from svcerrors.logs.written import written

__all__ = ["READERS", "parse", "reject"]

# By its log first: a text on stderr may claim whatever it likes, only the platform writes to the platform's logs.
READERS: tuple[tuple[Callable[[LogEntry], bool], Callable[[LogEntry], list[Record]]], ...] = (
    (lambda entry: entry.log_id == platform.LOG_ID, platform.platform),
    (lambda entry: entry.log_id == audit.LOG_ID, audit.audit),
    (lambda entry: entry.log_id == request.LOG_ID, request.request),
    (lambda entry: entry.log_id == scheduler.LOG_ID, scheduler.scheduler),
    (lambda entry: entry.log_id == workflows.LOG_ID, workflows.workflows),
    (lambda entry: structured.KEY in entry.json, structured.structured),
    (lambda entry: bool(entry.json), recorded),
    (lambda _: True, written),
)


def parse(entry: Any, *, source: str = "live", sample_rate: float | None = None) -> list[Record]:
    """Return the rows that a log entry gives: none when it is neither a failure nor a sign of life. Never raises.

    Args:
        entry: A LogEntry as decoded JSON.
        source: How it came: `live`, `backfill` or `local`.
        sample_rate: Part of the answers to ordinary callers that the filter lets through; None: they give no row.
    """
    try:
        read = LogEntry.read(entry, source, sample_rate)
        return next(reader(read) for belongs, reader in READERS if belongs(read))
    except Malformed as exc:
        return [reject(_bytes(entry), str(exc), source=source)]


def reject(
    raw: bytes,
    reason: str,
    *,
    message_id: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    source: str = "live",
) -> Rejected:
    """Return the row of what cannot become one.

    Args:
        raw: The bytes that came, untouched.
        reason: Why.
        message_id: Pub/Sub's.
        attributes: Pub/Sub's.
        source: How it came: `live`, `backfill` or `local`.
    """
    written = json_text(attributes or {})
    return Rejected(reason=reason, raw=raw, message_id=message_id, attributes=written, source=source)


def _bytes(entry: Any) -> bytes:
    try:
        return json.dumps(entry, default=str).encode()
    except (TypeError, ValueError, RecursionError):
        return b""
