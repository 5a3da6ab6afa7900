"""Quarantined messages through the parser again, after a fix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from svcerrors.ops.quarantine import Message, quarantine
from svcerrors.sink.intake import rows
from svcerrors.sink.push import unwrap
from svcerrors.sink.storing import REJECTED, Row, store
from svcerrors.warehouse import Warehouse

__all__ = ["Replayed", "replay"]


class _Identity(NamedTuple):
    """What names a row of a table, when it happened, and which of some are there already."""

    key: str
    time: str
    known: str


_IDENTITIES = {
    "service_errors": _Identity(
        "error_id",
        "error_timestamp",
        """
SELECT DISTINCT IFNULL(member.error_id, stored.error_id) AS error_id
FROM service_errors AS stored LEFT JOIN UNNEST(stored.members) AS member
WHERE stored.error_timestamp BETWEEN TIMESTAMP_SUB(@first, INTERVAL 1 MINUTE) AND @last
  AND IFNULL(member.error_id, stored.error_id) IN UNNEST(@ids)
""",
    ),
    "service_runs": _Identity(
        "row_id",
        "run_timestamp",
        """
SELECT row_id FROM service_runs
WHERE run_timestamp BETWEEN @first AND @last AND row_id IN UNNEST(@ids)
""",
    ),
}


@dataclass(slots=True)
class Replayed:
    """What became of the quarantine.

    Attributes:
        messages: How many different messages it holds.
        rows: How many rows they gave now, by table.
        known: How many more are rows already, from an earlier replay or another delivery.
        left: How many messages still cannot be rows, in whole or in part.
    """

    messages: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    known: int = 0
    left: int = 0


def replay(warehouse: Warehouse, since: datetime, *, is_trial: bool = False) -> Replayed:
    """Send what was set aside through the parser, and store what it now makes of it.

    Nothing leaves the quarantine; a row that is there already is not stored again. So it may be repeated.

    Args:
        warehouse: Where the quarantine is, and the rows go.
        since: Nothing that was set aside before.
        is_trial: Store nothing.

    Raises:
        WarehouseError: The store did not answer; what was stored before it failed is not stored again by the next try.
    """
    done = Replayed()
    for messages in quarantine(warehouse, since):
        given = [_rows(message) for message in messages]
        good = {_name(row): row for found in given for row in found if row.table != REJECTED}
        known = _known(warehouse, list(good.values()))
        new = [row for name, row in good.items() if name not in known]
        refused = set() if is_trial else _store(warehouse, new)
        done.messages += len(messages)
        done.known += len(known)
        done.rows.update(row.table for row in new if _name(row) not in refused)
        done.left += sum(any(row.table == REJECTED or _name(row) in refused for row in found) for found in given)
    return done


def _rows(message: Message) -> list[Row]:
    return [row for delivery in unwrap(message.raw).deliveries for row in rows(delivery, message.source)]


def _name(row: Row) -> str:
    return str(row.columns[_IDENTITIES[row.table].key]) if row.table in _IDENTITIES else ""


def _known(warehouse: Warehouse, found: Sequence[Row]) -> set[str]:
    """Return the names of the rows that are there already."""
    known: set[str] = set()
    for table, identity in _IDENTITIES.items():
        if some := [row for row in found if row.table == table]:
            times = [datetime.fromisoformat(row.columns[identity.time]) for row in some]
            given = {"first": min(times), "last": max(times), "ids": [_name(row) for row in some]}
            known.update(name for (name,) in warehouse.query(identity.known, given).rows)
    return known


def _store(warehouse: Warehouse, found: Sequence[Row]) -> set[str]:
    """Store rows; return the names of those that the warehouse refuses, which are in quarantine as it is."""
    refused: set[str] = set()

    def leave(row: Row, _: str) -> list[Row]:
        refused.add(_name(row))
        return []

    if failed := next(filter(None, store(warehouse, found, leave)), None):
        raise failed
    return refused
