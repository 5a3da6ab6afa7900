"""How the columns that are there differ from ours: upgraded by adding, or left alone as somebody else's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from svcerrors._errors import WarehouseConflict
from svcerrors._schema import Column, Table

__all__ = ["Upgrade", "is_ours", "upgrade"]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a table becomes: all its columns, those of them that are new, and those that have new fields."""

    columns: tuple[Column, ...]
    added: tuple[Column, ...]
    grown: tuple[Column, ...]


def is_ours(table: Table, present: Iterable[Column]) -> bool:
    """Tell whether rows of ours fit a table that is there."""
    return next(_faults(table.columns, present, ""), None) is None


def upgrade(table: Table, present: tuple[Column, ...], where: str, offer: str = "give another place") -> Upgrade | None:
    """Return what a table that is there is to become, None when it is as we expect.

    Args:
        table: What we expect.
        present: The columns that are there; nullable ones that we do not know are a team's own and stay.
        where: The store's address, for the message.
        offer: What one can do when it is not ours, for the message.

    Raises:
        WarehouseConflict: Rows of ours would not fit, so the table is not ours.
    """
    if fault := next(_faults(table.columns, present, ""), None):
        raise WarehouseConflict(f"{where}: {table.name} is not ours: {fault}; nothing was changed, {offer}")
    columns = _merged(table.columns, present)
    before = {column.name: column for column in present}
    added = tuple(column for column in columns if column.name not in before)
    grown = tuple(column for column in columns if before.get(column.name, column) != column)
    return Upgrade(columns, added, grown) if added or grown else None


def _merged(ours: Iterable[Column], present: tuple[Column, ...]) -> tuple[Column, ...]:
    wanted = {column.name: column for column in ours}
    kept = [_grown(wanted[column.name], column) if column.name in wanted else column for column in present]
    names = {column.name for column in present}
    return (*kept, *(column for name, column in wanted.items() if name not in names))


def _grown(ours: Column, present: Column) -> Column:
    return replace(present, fields=_merged(ours.fields, present.fields)) if ours.fields else present


def _faults(ours: Iterable[Column], present: Iterable[Column], path: str) -> Iterator[str]:
    theirs = {column.name: column for column in present}
    wanted = {column.name: column for column in ours}
    for name, column in wanted.items():
        other = theirs.get(name)
        if other is None:
            if column.mode == "REQUIRED":
                yield f"it has no column {path}{name}"
        elif (other.type, other.mode) != (column.type, column.mode):
            yield f"its {path}{name} is {other.mode} {other.type}, ours {column.mode} {column.type}"
        else:
            yield from _faults(column.fields, other.fields, f"{path}{name}.")
    for name, other in theirs.items():
        if other.mode == "REQUIRED" and name not in wanted:
            yield f"it requires a column {path}{name} that we do not write"
