"""Failures as they come: each once, also those that are told late."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from svcerrors.ops.read import LISTINGS
from svcerrors.warehouse import Result, Warehouse

__all__ = ["Tail"]

DAY = timedelta(days=1)

OVERLAP = timedelta(minutes=10)
"""For so long a row may be under way after its writer put the time on it, and clocks may differ."""

_ARRIVED = (
    f"SELECT {LISTINGS['incidents'].columns} FROM incidents_since(1) "  # noqa: S608  # texts of ours
    "WHERE IFNULL(inserted_at, first_seen) >= @since ORDER BY first_seen, service_name, incident_id"
)


class Tail:
    """What arrives in a store from now on, after what is there of the last day.

    It goes by when a failure was written, not by when it happened: one that is told an hour late is news all the same.

    Args:
        warehouse: The store.
        clock: The UTC time.
    """

    def __init__(self, warehouse: Warehouse, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._since = clock() - DAY
        self._seen: frozenset[tuple[str, str]] = frozenset()

    def news(self) -> Result:
        """Return the failures that were not returned before, the oldest first.

        Raises:
            WarehouseError: The store did not answer; the next call returns what this one would have.
        """
        asked = self._clock()
        found = self._warehouse.query(_ARRIVED, {"since": self._since})
        service, incident = (found.columns.index(name) for name in ("service_name", "incident_id"))
        keys = [(row[service], row[incident]) for row in found.rows]
        fresh = [row for key, row in zip(keys, found.rows, strict=True) if key not in self._seen]
        self._since, self._seen = asked - OVERLAP, frozenset(keys)
        return Result(found.columns, fresh)
