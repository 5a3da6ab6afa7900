"""Tables that are written a load at a time: the newest whole load, the next one, and what differs between them."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from svcerrors._ids import RANDOM_BYTES, uuid7
from svcerrors.warehouse import Warehouse

__all__ = ["EXPECTED_RUNS", "TRIGGERS_SEEN", "Change", "Ledger", "changes", "newest", "write"]

Row = dict[str, Any]

RETENTION = timedelta(days=400)


class Ledger(NamedTuple):
    """A table of loads.

    Attributes:
        time: The column that says when a load was written.
        parts: The column whose values are loaded each for itself; None where a load is the whole table.
        names: The columns that tell one row of a load from the others.
    """

    table: str
    time: str
    parts: str | None
    names: tuple[str, ...]


EXPECTED_RUNS = Ledger("expected_runs", "loaded_at", None, ("run_name", "run_key", "expected_by"))
TRIGGERS_SEEN = Ledger("triggers_seen", "seen_at", "kind", ("trigger_name",))

_LOAD = ("load_id", "load_rows", "load_row")

_NEWEST = """
SELECT loaded.*
FROM {table} AS loaded
INNER JOIN {newest} AS newest ON newest.load_id = loaded.load_id
WHERE loaded.{time} >= @since AND {condition}
QUALIFY ROW_NUMBER() OVER (PARTITION BY loaded.load_row ORDER BY loaded.{time}) = 1
ORDER BY loaded.load_row
"""


class Change(NamedTuple):
    """What a load changes of a row.

    Attributes:
        change: `new`, `changed` or `vanished`.
        names: What tells the row from others: of a run its name, of a dated one also its key and time.
        columns: Of a changed one, which differ.
    """

    change: str
    names: tuple[str, ...]
    columns: tuple[str, ...] = ()


def newest(warehouse: Warehouse, ledger: Ledger, part: str | None = None) -> list[Row]:
    """Return the rows of the newest load that is whole, without what only says which load it is.

    Raises:
        WarehouseError: The store did not answer.
    """
    if ledger.parts:
        view, condition = "newest_lists", f"newest.{ledger.parts} = @part AND loaded.{ledger.parts} = @part"
    else:
        view, condition = "newest_loads", "newest.table_name = @table"
    sql = _NEWEST.format(table=ledger.table, time=ledger.time, newest=view, condition=condition)
    given = {"since": datetime.now(UTC) - RETENTION, "part": part, "table": ledger.table}
    found = warehouse.query(sql, given)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return [_bare(row, ledger) for row in rows]


def _bare(row: Mapping[str, Any], ledger: Ledger) -> Row:
    told = (name for name in row if name not in (*_LOAD, ledger.time))
    return {name: _plain(row[name]) for name in told if row[name] not in (None, [])}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def changes(ledger: Ledger, before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """Return what turns one load into the other, in the order of the rows, what vanished last."""
    old, new = _by_name(ledger, before), _by_name(ledger, after)
    found = [_change(names, old.get(names), row) for names, row in new.items()]
    return [*filter(None, found), *(Change("vanished", names) for names in old if names not in new)]


def _by_name(ledger: Ledger, rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
    return {tuple(row[name] for name in ledger.names if name in row): row for row in rows}


def _change(names: tuple[str, ...], old: Row | None, new: Row) -> Change | None:
    if old is None:
        return Change("new", names)
    differing = tuple(column for column in sorted(old.keys() | new.keys()) if old.get(column) != new.get(column))
    return Change("changed", names, differing) if differing else None


def write(
    warehouse: Warehouse, ledger: Ledger, rows: Sequence[Row], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Store rows as the newest load; when it is broken off, the load before stays the newest.

    Raises:
        WarehouseError: The store did not take them.
    """
    now = clock()
    load_id = uuid7(int(now.timestamp() * 1000), os.urandom(RANDOM_BYTES))
    load = {"load_id": load_id, ledger.time: _plain(now), "load_rows": len(rows)}
    warehouse.insert(ledger.table, [{**row, **load, "load_row": number} for number, row in enumerate(rows, 1)])
