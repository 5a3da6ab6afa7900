"""From delivered log entries to stored rows: what cannot be a row goes to quarantine, byte for byte."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors import logs
from svcerrors._errors import WarehouseRefused
from svcerrors._schema import tables
from svcerrors.sink.push import Delivery
from svcerrors.warehouse import Warehouse

__all__ = ["Intake", "records"]

REJECTED = "service_errors_rejected"

AHEAD = timedelta(hours=24)
"""Cloud Logging takes no entry that is further ahead (https://cloud.google.com/logging/quotas#log-limits)."""

_Stored = tuple[dict[str, Any], Delivery]
"""A row, and what it came from."""


def records(delivery: Delivery, source: str) -> list[logs.Record]:
    """Return what a delivery says: records, or a rejection that holds its bytes.

    Args:
        delivery: A log entry as it came.
        source: How it came: `live`, `backfill` or `local`.
    """
    if delivery.fault:
        return [_rejected(delivery, delivery.fault, source)]
    found = logs.parse(delivery.entry, source=source)
    return [_rejected(delivery, one.reason, source) if isinstance(one, logs.Rejected) else one for one in found]


def _rejected(delivery: Delivery, reason: str, source: str) -> logs.Record:
    return logs.reject(
        delivery.raw,
        reason,
        message_id=delivery.message_id,
        attributes=delivery.attributes,
        source=source,
    )


class Intake:
    """Stores deliveries in one warehouse.

    Args:
        warehouse: Where the rows go.
        source: How the deliveries come: `live`, `backfill` or `local`.
    """

    def __init__(self, warehouse: Warehouse, source: str = "live") -> None:
        self._warehouse = warehouse
        self._source = source

    def store(self, deliveries: Sequence[Delivery]) -> dict[str, int]:
        """Store what the deliveries hold; return only when it is durable, with the number of rows by table.

        Raises:
            WarehouseError: The store did not take it now; the deliveries must come again.
        """
        now = datetime.now(UTC)
        by_table: dict[str, list[_Stored]] = defaultdict(list)
        for delivery in deliveries:
            for record in records(delivery, self._source):
                table, row = record.table, record.row()
                if fault := _untimely(table, row, now):
                    table, row = REJECTED, _rejected(delivery, fault, self._source).row()
                by_table[table].append((_stamped(table, row, now), delivery))
        for table, rows in by_table.items():
            self._insert(table, rows)
        return {table: len(rows) for table, rows in by_table.items()}

    def _insert(self, table: str, rows: list[_Stored]) -> None:
        try:
            self._warehouse.insert(table, [row for row, _ in rows])
        except WarehouseRefused as exc:
            if table == REJECTED:
                raise
            self._insert_apart(table, rows, str(exc))

    def _insert_apart(self, table: str, rows: list[_Stored], reason: str) -> None:
        if len(rows) > 1:
            half = len(rows) // 2
            self._insert(table, rows[:half])
            self._insert(table, rows[half:])
        else:
            delivery = rows[0][1]
            refused = _rejected(delivery, reason, self._source).row()
            self._insert(REJECTED, [(_stamped(REJECTED, refused, datetime.now(UTC)), delivery)])


def _untimely(table: str, row: Mapping[str, Any], now: datetime) -> str | None:
    """Say why no partition can hold a row: it would have expired, or is further ahead than Cloud Logging allows."""
    column, days = tables()[table].partition_by, tables()[table].partition_expiration_days
    age = now - datetime.fromisoformat(row[column]) if column in row else timedelta()
    if age > timedelta(days=days):
        return f"{column} {row[column]} is older than the retention of {days} days"
    return f"{column} {row[column]} is more than 24 h ahead" if age < -AHEAD else None


def _stamped(table: str, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    stamp = "rejected_at" if table == REJECTED else "inserted_at"
    return {**row, stamp: now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
