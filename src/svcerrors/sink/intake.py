"""From delivered log entries to stored rows: what cannot be a row goes to quarantine, byte for byte."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from svcerrors import logs
from svcerrors._errors import WarehouseRefused
from svcerrors.sink.push import Delivery
from svcerrors.warehouse import Warehouse

__all__ = ["Intake", "records"]

REJECTED = "service_errors_rejected"


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
        by_table: dict[str, list[tuple[dict[str, Any], Delivery]]] = defaultdict(list)
        for delivery in deliveries:
            for record in records(delivery, self._source):
                by_table[record.table].append((_stamped(record), delivery))
        for table, rows in by_table.items():
            self._insert(table, rows)
        return {table: len(rows) for table, rows in by_table.items()}

    def _insert(self, table: str, rows: list[tuple[dict[str, Any], Delivery]]) -> None:
        try:
            self._warehouse.insert(table, [row for row, _ in rows])
        except WarehouseRefused as exc:
            if table == REJECTED:
                raise
            if len(rows) > 1:
                for row in rows:
                    self._insert(table, [row])
                return
            self._insert(REJECTED, [(_stamped(_rejected(rows[0][1], str(exc), self._source)), rows[0][1])])


def _stamped(record: logs.Record) -> dict[str, Any]:
    stamp = "rejected_at" if record.table == REJECTED else "inserted_at"
    return {**record.row(), stamp: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
