"""What a table takes: the same answer for every store, before anything is sent."""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import Column, Table
from svcerrors.warehouse import Rows

__all__ = ["accept", "micros", "moment"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def accept(table: Table, rows: Rows) -> list[dict[str, Any]]:
    """Return the rows without their nulls, which say the same as an absent column.

    Raises:
        WarehouseRefused: Rows, which it names, have an unknown column, lack a required one, or hold another type.
    """
    columns = {column.name: column for column in table.columns}
    accepted = [{name: value for name, value in row.items() if value is not None} for row in rows]
    faults = {index: fault for index, row in enumerate(accepted) if (fault := next(_faults(columns, row), None))}
    for index, fault in faults.items():
        raise WarehouseRefused(f"{table.name}, row {index + 1} of {len(accepted)}: {fault}", faults)
    return accepted


def moment(text: str) -> datetime:
    """Return the UTC time that an RFC 3339 text of at most microseconds says.

    Raises:
        ValueError, OverflowError: It says none that BigQuery can hold.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def micros(text: str) -> int:
    """Return the microseconds since 1970 that such a text says."""
    return (moment(text) - _EPOCH) // timedelta(microseconds=1)


def _faults(columns: Mapping[str, Column], row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if name not in columns:
            yield f"there is no column {name}"
        elif fault := _fault(columns[name], value):
            yield fault
    for name, column in columns.items():
        if column.mode == "REQUIRED" and name not in row:
            yield f"{name} is required"


def _fault(column: Column, value: Any) -> str | None:
    if column.mode != "REPEATED":
        return _single_fault(column, value)
    if not isinstance(value, list):
        return f"{column.name} holds no list"
    return next((fault for item in value if (fault := _single_fault(column, item))), None)


def _single_fault(column: Column, value: Any) -> str | None:
    if column.type != "RECORD":
        return None if _FITS[column.type](value) else f"{column.name} holds no {column.type}"
    if not isinstance(value, dict):
        return f"{column.name} holds no RECORD"
    fields = {field.name: field for field in column.fields}
    given = {name: item for name, item in value.items() if item is not None}
    return next((f"{column.name}: {fault}" for fault in _faults(fields, given)), None)


def _is_text(value: Any) -> bool:
    # A lone surrogate is a str of Python's, and no UTF-8.
    return isinstance(value, str) and (value.isascii() or value == value.encode("utf-8", "ignore").decode())


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and moment(value) is not None
    except (ValueError, OverflowError):
        return False


def _is_json(value: Any) -> bool:
    try:
        json.loads(value, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError):
        return False
    return _is_text(value)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except (binascii.Error, ValueError):
        return False


_FITS: dict[str, Callable[[Any], bool]] = {
    "BOOL": lambda value: isinstance(value, bool),
    "BYTES": _is_base64,
    "FLOAT64": _is_number,
    "INT64": _is_integer,
    "JSON": _is_json,
    "STRING": _is_text,
    "TIMESTAMP": _is_time,
}
