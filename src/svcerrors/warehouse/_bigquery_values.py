"""Python values as BigQuery's parameters, and BigQuery's values as plain Python values."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

__all__ = ["parameter", "plain"]

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "BOOL"),
    (int, "INT64"),
    (float, "FLOAT64"),
    (bytes, "BYTES"),
    (datetime, "TIMESTAMP"),
    (date, "DATE"),
)
"""In this order: a bool is an int too, a datetime a date. All else, and None, is a STRING."""


def parameter(name: str, value: Any) -> ScalarQueryParameter | ArrayQueryParameter:
    """Return a named parameter of the type that BigQuery has for the value; a list's is its first item's."""
    if isinstance(value, list | tuple):
        return ArrayQueryParameter(name, _kind(next(iter(value), "")), list(value))
    return ScalarQueryParameter(name, _kind(value), value)


def plain(value: Any) -> Any:
    """Return a value with its decimals as float, in lists and records too."""
    match value:
        case Decimal():
            return float(value)
        case list():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items()}
    return value


def _kind(value: Any) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), "STRING")
