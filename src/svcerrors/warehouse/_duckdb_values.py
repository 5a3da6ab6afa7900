"""DuckDB's values as the plain Python values that BigQuery's client gives."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from duckdb.sqltypes import DuckDBPyType

__all__ = ["plain"]

_Reader = Callable[[Any], Any]


def plain(kinds: Sequence[DuckDBPyType], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows with JSON parsed, decimals as float, times in datetime.UTC, and no list that is NULL.

    Args:
        kinds: The type of each column, of a connection whose TimeZone is UTC.
        rows: What DuckDB gave.
    """
    readers = [_reader(kind) for kind in kinds]
    return [tuple(map(_read, readers, row)) for row in rows] if any(readers) else rows


def _read(reader: _Reader | None, value: Any) -> Any:
    return reader(value) if reader else value


def _reader(kind: Any) -> _Reader | None:
    if str(kind) == "JSON":
        return _optional(json.loads)
    match kind.id:
        case "decimal":
            return _optional(float)
        case "list":
            item = _reader(kind.children[0][1])
            return lambda value: [_read(item, one) for one in value or ()]
        case "timestamp with time zone":
            return _optional(lambda value: value.replace(tzinfo=UTC))
        case "struct":
            fields = {name: _reader(child) for name, child in kind.children}
            return _optional(lambda value: {name: _read(fields[name], one) for name, one in value.items()})
    return None


def _optional(reader: _Reader) -> _Reader:
    return lambda value: None if value is None else reader(value)
