"""Runs whose times stand in a view of the team's own: one row of expected_runs for each of them."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors._errors import SvcErrorsError, WarehouseError
from svcerrors.ops.expect.loads import EXPECTED_RUNS, Change, changes, newest, write
from svcerrors.warehouse import Warehouse

__all__ = ["REACH", "refresh", "with_dates"]

Row = dict[str, Any]

REACH = timedelta(days=40)
"""How far back, and ahead, the dates of a view are taken."""

_DATES = """
SELECT run_name, CAST(run_key AS STRING) AS run_key, expected_by FROM {source}
WHERE expected_by >= @first AND expected_by < @last
GROUP BY run_name, run_key, expected_by ORDER BY run_name, expected_by, run_key
"""
_NAME = re.compile(r"[\w.-]+")


def refresh(warehouse: Warehouse) -> list[Change]:
    """Renew the dated rows of the newest load from their views; store nothing when they are as before.

    Reads the warehouse alone, so that whoever has no manifest may call it, and often.

    Returns:
        What changed.

    Raises:
        SvcErrorsError: A view cannot be read, or the store did not answer; the newest load stays what it was.
    """
    before = newest(warehouse, EXPECTED_RUNS)
    runs = [row for row in before if "expected_by" not in row]
    if not any("dates_from" in row for row in runs):
        return []
    after = with_dates(warehouse, runs)
    if found := changes(EXPECTED_RUNS, before, after):
        write(warehouse, EXPECTED_RUNS, after)
    return found


def with_dates(warehouse: Warehouse, runs: Sequence[Row]) -> list[Row]:
    """Return the runs, and behind them the dated rows that their views give.

    Raises:
        SvcErrorsError: A view cannot be read.
    """
    sources = {row["dates_from"]: None for row in runs if "dates_from" in row}
    return [*runs, *(row for source in sources for row in _dated(warehouse, source, runs))]


def _dated(warehouse: Warehouse, source: str, runs: Sequence[Row]) -> Iterator[Row]:
    by_name = {row["run_name"]: row for row in runs if row.get("dates_from") == source}
    for name, key, at in _dates(warehouse, source):
        if name in by_name:
            expected_by = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
            yield {**by_name[name], **({"run_key": key} if key else {}), "expected_by": expected_by}


def _dates(warehouse: Warehouse, source: str) -> list[tuple[Any, ...]]:
    now = datetime.now(UTC)
    table = f"`{source}`" if _NAME.fullmatch(source) else f"(\n{source}\n)"
    try:
        return warehouse.query(_DATES.format(source=table), {"first": now - REACH, "last": now + REACH}).rows
    except WarehouseError as exc:
        raise SvcErrorsError(
            f"dates_from {' '.join(source.split())[:80]!r} cannot be read: {exc}; it is to have run_name, run_key and "
            "expected_by, a TIMESTAMP"
        ) from exc
