"""From delivered log entries to rows: what cannot be a row goes to quarantine, byte for byte."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors import logs
from svcerrors._schema import tables
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.storing import REJECTED, Row, store
from svcerrors.warehouse import Warehouse

__all__ = ["PART", "PART_KEY", "Intake", "quarantined", "records", "rows"]

AHEAD = timedelta(hours=24)
"""Cloud Logging takes no entry that is further ahead (https://cloud.google.com/logging/quotas#log-limits)."""

PART = 4_000_000
"""Bytes of a message in one row of the quarantine; BigQuery takes no row above 10 MB, and base64 adds a third."""

PART_KEY = "svcerrors/part"
"""The attribute of such a row: `2/3 of sha256:…`."""


def records(delivery: Delivery, source: str, sample_rate: float | None = None) -> list[logs.Record]:
    """Return what a delivery says: records, or a rejection that holds its bytes.

    Args:
        delivery: A log entry as it came.
        source: How it came: `live`, `backfill` or `local`.
        sample_rate: Part of the answers to ordinary callers that the filter lets through, if any.
    """
    if delivery.fault:
        return [_rejected(delivery, delivery.fault, source)]
    found = logs.parse(delivery.entry, source=source, sample_rate=sample_rate)
    return [_rejected(delivery, one.reason, source) if isinstance(one, logs.Rejected) else one for one in found]


def rows(delivery: Delivery, source: str, sample_rate: float | None = None) -> list[Row]:
    """Return the rows of a delivery; a row whose time no partition holds goes to quarantine."""
    now = datetime.now(UTC)
    found: list[Row] = []
    for record in records(delivery, source, sample_rate):
        columns = record.row()
        if isinstance(record, logs.Rejected):
            found += quarantined(delivery, record.reason, source)
        elif fault := _untimely(record.table, columns, now):
            found += quarantined(delivery, fault, source)
        else:
            found.append(_row(record.table, columns, delivery))
    return found


def quarantined(delivery: Delivery, reason: str, source: str) -> list[Row]:
    """Return the rows that keep the bytes of a delivery: one, or several that each hold a part."""
    return [_row(REJECTED, _rejected(part, reason, source).row(), part) for part in _parts(delivery)]


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores deliveries in one warehouse, at once.

    Attributes:
        warehouse: Where the rows go.
        source: How the deliveries come: `live`, `backfill` or `local`.
        sample_rate: Part of the answers to ordinary callers that the filter lets through, if any.
    """

    warehouse: Warehouse
    source: str = "live"
    sample_rate: float | None = None

    def store(self, deliveries: Sequence[Delivery]) -> dict[str, int]:
        """Store what the deliveries hold; return only when it is durable, with the number of rows by table.

        Raises:
            WarehouseError: The store did not take it now; the deliveries must come again.
        """
        found = [row for delivery in deliveries for row in rows(delivery, self.source, self.sample_rate)]
        fates = store(self.warehouse, found, self.set_aside)
        if failed := next((fate for fate in fates if fate), None):
            raise failed
        return dict(Counter(row.table for row in found))

    def set_aside(self, row: Row, reason: str) -> list[Row]:
        """Return what the quarantine is given for a row that the warehouse will never take."""
        return quarantined(row.delivery, reason, self.source)


def _rejected(delivery: Delivery, reason: str, source: str) -> logs.Rejected:
    return logs.reject(
        delivery.raw,
        reason.encode("utf-8", "replace").decode(),
        message_id=delivery.message_id,
        attributes=delivery.attributes,
        source=source,
    )


def _parts(delivery: Delivery) -> Iterator[Delivery]:
    raw = delivery.raw
    if len(raw) <= PART:
        yield delivery
        return
    count, whole = -(-len(raw) // PART), hashlib.sha256(raw).hexdigest()
    for number in range(count):
        mark = {PART_KEY: f"{number + 1}/{count} of sha256:{whole}"}
        piece = raw[number * PART : (number + 1) * PART]
        yield replace(delivery, raw=piece, attributes={**delivery.attributes, **mark})


def _row(table: str, columns: dict[str, Any], delivery: Delivery) -> Row:
    return Row(table, columns, delivery, len(json.dumps(columns)))


def _untimely(table: str, row: Mapping[str, Any], now: datetime) -> str | None:
    """Say why no partition can hold a row: it would have expired, or is further ahead than Cloud Logging allows."""
    column, days = tables()[table].partition_by, tables()[table].partition_expiration_days
    age = now - datetime.fromisoformat(row[column])
    if days and age > timedelta(days=days):
        return f"{column} {row[column]} is older than the retention of {days} days"
    return f"{column} {row[column]} is more than 24 h ahead" if age < -AHEAD else None
