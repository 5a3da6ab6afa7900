"""Log entries of the past into a warehouse, through the same parser as the live ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from svcerrors.ops.entries import read_entries
from svcerrors.sink import Delivery, Intake
from svcerrors.warehouse import Warehouse

__all__ = ["Ingested", "ingest"]

BATCH = 2_000
"""Entries stored at a time."""


@dataclass(slots=True)
class Ingested:
    """How many entries were read, how many rows that gave by table, and what could not be read."""

    entries: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def store(self, intake: Intake, batch: Sequence[Delivery]) -> None:
        """Store a batch, and count it once it is durable.

        Raises:
            WarehouseError: The store did not take it now.
        """
        self.rows.update(intake.store(batch))
        self.faults += [f"entry {self.entries + n}: {one.fault}" for n, one in enumerate(batch, 1) if one.fault]
        self.entries += len(batch)


def ingest(stream: BinaryIO, warehouse: Warehouse) -> Ingested:
    """Store what the entries of a stream say.

    Args:
        stream: JSON lines, or JSON arrays.
        warehouse: Where the rows go.

    Raises:
        WarehouseError: The store did not take it; doing it again stores nothing twice for readers of the views.
    """
    done = Ingested()
    intake = Intake(warehouse, source="backfill")
    entries = read_entries(stream)
    while batch := list(islice(entries, BATCH)):
        done.store(intake, batch)
    return done
