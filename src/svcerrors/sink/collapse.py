"""A storm of one error in one write, as one row in which each error still stands for itself.

The row holds once what its errors share, and of each what counting needs: its id, its time, its call. So the routine
errors_since gives each of them its row again, and an error that comes a second time, alone or in another storm, is
found to be the same. Nothing is remembered between two writes, and nothing is acknowledged before it is stored.
"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from time import monotonic
from typing import Any, NamedTuple

from svcerrors._schema import tables
from svcerrors.sink.storing import Fate, Row, SetAside, store
from svcerrors.sink.waiting import MAX_BYTES, MAX_ROWS
from svcerrors.warehouse import Warehouse

__all__ = ["Collapsed", "collapse", "store_collapsed"]

ERRORS = "service_errors"

EXAMPLES = {"culprit", "stack_trace", "frames", "causes", "members"}
"""Columns of which the row has those of its first error: what the fingerprint was made of."""

_MINUTE = len("2026-01-25T14:02")
"""Errors of one row are of one minute: a bound on the row's time leaves out less than that."""


class Collapsed(NamedTuple):
    """Rows to write, and for each row that was given the number of the one that it is in."""

    rows: list[Row]
    places: list[int]


def store_collapsed(
    warehouse: Warehouse, rows: Sequence[Row], set_aside: SetAside, seconds: float, more_than: int
) -> list[Fate]:
    """Store rows, storms as one row each; return, in their order, what became of each that was given.

    A storm that the warehouse refuses is stored again as the rows that it was made of, so that the bad one of them goes
    to quarantine alone.

    Args:
        warehouse: Where to.
        rows: Of any tables.
        set_aside: Makes the rows of the quarantine.
        seconds: No further request is begun after so many.
        more_than: So many errors of one fingerprint, service, revision and instance are no storm.
    """
    until = monotonic() + seconds
    storms = collapse(rows, more_than)
    refused: list[Row] = []

    def keep(row: Row, reason: str) -> list[Row]:
        if not row.columns.get("members"):
            return set_aside(row, reason)
        refused.append(row)
        return []

    written = store(warehouse, storms.rows, keep, seconds)
    fates = [written[place] for place in storms.places]
    apart = [number for number, place in enumerate(storms.places) if any(storms.rows[place] is row for row in refused)]
    again = store(warehouse, [rows[number] for number in apart], set_aside, max(0.0, until - monotonic()))
    for number, fate in zip(apart, again, strict=True):
        fates[number] = fate
    return fates


def collapse(rows: Sequence[Row], more_than: int) -> Collapsed:
    """Make one row of each storm.

    Args:
        rows: Those of one write.
        more_than: So many errors of one fingerprint, service, revision and instance are no storm.
    """
    same: dict[Hashable, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        same[_kind(row) if row.table == ERRORS else number].append(number)
    groups = [part for numbers in same.values() for part in _parts(rows, numbers, more_than)]
    places = {number: place for place, group in enumerate(groups) for number in group}
    written = [_storm([rows[number] for number in group]) if len(group) > 1 else rows[group[0]] for group in groups]
    return Collapsed(written, [places[number] for number in range(len(rows))])


def _parts(rows: Sequence[Row], numbers: list[int], more_than: int) -> Iterator[list[int]]:
    if len(numbers) <= more_than:
        yield from ([number] for number in numbers)
        return
    part: list[int] = []
    size = 0
    for number in numbers:
        size += rows[number].size
        if part and (len(part) == MAX_ROWS or size > MAX_BYTES):
            yield part
            part, size = [], rows[number].size
        part.append(number)
    yield part


@cache
def _own() -> frozenset[str]:
    """Return the columns that each error of a storm has for itself."""
    [members] = (column for column in tables()[ERRORS].columns if column.name == "members")
    return frozenset(field.name for field in members.fields)


@cache
def _shared() -> tuple[str, ...]:
    """Return the columns in which the errors of a storm are the same."""
    apart = _own() | EXAMPLES
    return tuple(column.name for column in tables()[ERRORS].columns if column.name not in apart)


def _kind(row: Row) -> Hashable:
    columns = row.columns
    return columns["error_timestamp"][:_MINUTE], tuple(map(columns.get, _shared()))


def _storm(rows: list[Row]) -> Row:
    rows = sorted(rows, key=lambda row: (row.columns["error_timestamp"], row.columns["error_id"]))
    first = rows[0].columns
    members = [_member(row.columns) for row in rows]
    ids = hashlib.sha256("\n".join(member["error_id"] for member in members).encode())
    columns = {
        **{name: value for name, value in first.items() if name not in _own()},
        "error_id": f"storm:{ids.hexdigest()}",
        "error_timestamp": first["error_timestamp"],
        "error_message": first["error_message"],
        "occurrences": sum(row.columns["occurrences"] for row in rows),
        "members": members,
    }
    return Row(ERRORS, columns, rows[0].delivery, sum(row.size for row in rows))


def _member(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if name in _own() and value is not None}
