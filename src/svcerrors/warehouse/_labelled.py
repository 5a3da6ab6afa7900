"""A field that the store does not know yet, kept in the row's labels: while a new column spreads, nothing is lost."""

import json
import re
from collections.abc import Iterable
from typing import Any

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import Table

__all__ = ["move_to_labels"]

_LABELS = "labels"
_STORM = "members"
"""The errors of a storm: as a label they would be one error. They are refused, and whoever joined them writes them
apart."""

_POSITION = re.compile(r"\[\d+\]")


def move_to_labels(table: Table, row: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return a row whose fields at these paths are in its labels, under the path; the same row if it has none of them.

    Args:
        table: A required column of it is never moved, and without labels none is.
        row: Left as it is.
        paths: Each `column` or `column.field`, as BigQuery names a field; of a repeated column its field in every item.

    Raises:
        WarehouseRefused: The row is a storm's, and the column of its errors is not known yet.
    """
    modes = {column.name: column.mode for column in table.columns}
    movable = {_POSITION.sub("", path) for path in paths if _LABELS in modes} - {_LABELS}
    steps = {path: path.split(".") for path in sorted(movable)}
    found = {path: _at(row, way) for path, way in steps.items() if modes.get(way[0]) != "REQUIRED"}
    moved = {path: value for path, value in found.items() if value is not None}
    if any(steps[path][0] == _STORM for path in moved):
        raise WarehouseRefused(f"{table.name} does not know {_STORM} yet")
    if not moved:
        return row
    kept: dict[str, Any] = row
    for path in moved:
        kept = _without(kept, steps[path])
    return {**kept, _LABELS: json.dumps({**_labels(row), **moved})}


def _labels(row: dict[str, Any]) -> dict[str, Any]:
    labels = json.loads(row.get(_LABELS) or "{}")
    return labels if isinstance(labels, dict) else {_LABELS: labels}


def _at(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    if isinstance(value, list):
        found = [_at(item, path) for item in value]
        return found if any(one is not None for one in found) else None
    return _at(value.get(path[0]), path[1:]) if isinstance(value, dict) else None


def _without(value: Any, path: list[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, path) for item in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: item for name, item in value.items() if name != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}
