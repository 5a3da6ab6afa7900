"""Rows into a warehouse, each with its own fate."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from svcerrors._errors import WarehouseError, WarehouseRefused, WarehouseUnavailable
from svcerrors.sink.delivery import Delivery
from svcerrors.warehouse import Warehouse

__all__ = ["REJECTED", "Fate", "Row", "SetAside", "store"]

REJECTED = "service_errors_rejected"

_STAMPS = {REJECTED: "rejected_at"}
"""The column that says when the sink wrote a row, where it is not `inserted_at`."""


class Row(NamedTuple):
    """A row on its way: its table, its columns, what it came from, and how many bytes it is as JSON."""

    table: str
    columns: dict[str, Any]
    delivery: Delivery
    size: int


Fate = WarehouseError | None
"""Why a row was not stored; None when it is durable, itself or its bytes in quarantine."""

SetAside = Callable[[Row, str], list[Row]]
"""What the quarantine is given for a row that is refused, and why it is."""


def store(warehouse: Warehouse, rows: Sequence[Row], set_aside: SetAside, seconds: float | None = None) -> list[Fate]:
    """Store rows; return, in their order, what became of each.

    Tables are written side by side: what is junk does not hold up what is not. A row that the warehouse will never take
    goes to quarantine alone. When the warehouse takes nothing now, the rest of the table is not tried: a second wait
    would outlast the caller's patience.

    Args:
        warehouse: Where to.
        rows: Of any tables.
        set_aside: Makes the rows of the quarantine.
        seconds: No further request is begun after so many; None sets no bound.
    """
    deadline = None if seconds is None else monotonic() + seconds
    by_table: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_table[row.table].append(number)

    def insert(table: str) -> list[Fate]:
        return _Writing(warehouse, set_aside, deadline).insert(table, [rows[number] for number in by_table[table]])

    fates: dict[int, Fate] = {}
    for table, found in zip(by_table, _side_by_side(insert, list(by_table)), strict=True):
        fates.update(zip(by_table[table], found, strict=True))
    return [fates[number] for number in range(len(rows))]


def _side_by_side(insert: Callable[[str], list[Fate]], tables: Sequence[str]) -> list[list[Fate]]:
    if len(tables) < 2:  # noqa: PLR2004  # nothing is beside it
        return [insert(table) for table in tables]
    with ThreadPoolExecutor(len(tables), "svcerrors-table") as pool:
        return list(pool.map(insert, tables))


@dataclass(slots=True)
class _Writing:
    warehouse: Warehouse
    set_aside: SetAside
    deadline: float | None
    away: WarehouseError | None = None

    def insert(self, table: str, rows: list[Row]) -> list[Fate]:
        if self.deadline and monotonic() > self.deadline:
            self.away = self.away or WarehouseUnavailable("the warehouse is slow: no time is left for these rows")
        if self.away:
            return [self.away] * len(rows)
        if not rows:
            return []
        try:
            self.warehouse.insert(table, [_stamped(table, row.columns) for row in rows])
        except WarehouseRefused as exc:
            return self._apart(table, rows, exc)
        except WarehouseError as exc:
            self.away = exc
            return [exc] * len(rows)
        return [None] * len(rows)

    def _apart(self, table: str, rows: list[Row], refusal: WarehouseRefused) -> list[Fate]:
        if len(rows) == 1:
            return self._quarantine(table, rows, [str(refusal)])
        if not refusal.rows:
            half = len(rows) // 2
            return self.insert(table, rows[:half]) + self.insert(table, rows[half:])
        bad = sorted(refusal.rows)
        good = [number for number in range(len(rows)) if number not in refusal.rows]
        fates = dict(zip(good, self.insert(table, [rows[number] for number in good]), strict=True))
        reasons = [f"{table}: {refusal.rows[number]}" for number in bad]
        fates |= zip(bad, self._quarantine(table, [rows[number] for number in bad], reasons), strict=True)
        return [fates[number] for number in range(len(rows))]

    def _quarantine(self, table: str, rows: list[Row], reasons: list[str]) -> list[Fate]:
        if table == REJECTED:
            return [WarehouseRefused(reason) for reason in reasons]
        parts = [self.set_aside(row, reason) for row, reason in zip(rows, reasons, strict=True)]
        fates = iter(self.insert(REJECTED, [part for one in parts for part in one]))
        return [next(filter(None, [next(fates) for _ in one]), None) for one in parts]


def _stamped(table: str, columns: dict[str, Any]) -> dict[str, Any]:
    return {**columns, _STAMPS.get(table, "inserted_at"): datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
