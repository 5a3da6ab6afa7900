"""Manifest and lists into the warehouse."""

from collections.abc import Sequence
from typing import Any

from svcerrors.ops.expect.dated import with_dates
from svcerrors.ops.expect.loads import EXPECTED_RUNS, TRIGGERS_SEEN, Change, Ledger, changes, newest, write
from svcerrors.ops.expect.triggers import Trigger, kind_of, row
from svcerrors.warehouse import Warehouse

__all__ = ["load_runs", "load_triggers", "missing_triggers"]

Row = dict[str, Any]


def load_runs(warehouse: Warehouse, runs: Sequence[Row], *, is_trial: bool = False) -> list[Change]:
    """Store the runs of a manifest, and the dated rows of their views, unless the newest load is the same.

    Args:
        warehouse: Where to.
        runs: As `read_manifest` gives them.
        is_trial: Store nothing.

    Returns:
        What differs from the load before.

    Raises:
        SvcErrorsError: A view cannot be read, or the store did not take it; nothing counts then.
    """
    return _load(warehouse, EXPECTED_RUNS, None, with_dates(warehouse, runs), is_trial=is_trial)


def load_triggers(
    warehouse: Warehouse, triggers: Sequence[Trigger], *, is_trial: bool = False, is_news: bool = True
) -> list[Change]:
    """Store the triggers of one kind that exist; return what differs from the load before.

    Args:
        warehouse: Where to.
        triggers: One at least.
        is_trial: Store nothing.
        is_news: Store them also when nothing differs, for they were seen now.

    Raises:
        WarehouseError: The store did not take it; nothing counts then.
    """
    rows = [row(one) for one in triggers]
    return _load(warehouse, TRIGGERS_SEEN, triggers[0].kind, rows, is_trial=is_trial, is_news=is_news)


def _load(
    warehouse: Warehouse, ledger: Ledger, part: str | None, rows: list[Row], *, is_trial: bool, is_news: bool = False
) -> list[Change]:
    found = changes(ledger, newest(warehouse, ledger, part), rows)
    if (found or is_news) and not is_trial:
        write(warehouse, ledger, rows)
    return found


def missing_triggers(runs: Sequence[Row], triggers: Sequence[Trigger]) -> list[Row]:
    """Return the runs whose trigger is of a kind that was listed, and is not in the list."""
    kinds = {one.kind for one in triggers}
    listed = {one.trigger_name for one in triggers}
    return [row for row in runs if kind_of(row.get("trigger_name", "")) in kinds and row["trigger_name"] not in listed]
