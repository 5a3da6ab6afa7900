"""The tables of docs/cost.md: bytes per row x columns read x days read.

Bytes are BigQuery's logical ones (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types), the mean
of the rows that the corpus gives. Which columns a view reads is what DuckDB's plan of it scans: as BigQuery does, it
leaves out what no one asks for. Which days, docs/bounds.py reads off the parse tree. A column counts once, over the
widest bound of its table, and a table as 10 MiB at least; those but of errors and runs are taken to be no larger.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from bounds import bounds_of, tables_of
from svcerrors import _schema, logs
from svcerrors.ops.costs import TIB, value
from svcerrors.warehouse._duckdb_sql import create_relation, create_table

__all__ = ["cost_tables"]

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
ROWS_A_DAY = (1_000, 1_000_000, 100_000_000)
SCALES = (1_000, 10_000, 100_000, 1_000_000)
_GROWING = ("service_errors", "service_runs")
_FIXED = {"BOOL": 1, "INT64": 8, "FLOAT64": 8, "TIMESTAMP": 8}
_RELATIONS = {name: view for name, view in _schema.relations().items() if not view.is_step}


def cost_tables() -> str:
    """Return what a row weighs, and what one reading of each view reads."""
    return f"{_weights()}\n{_readings()}\n{_a_day_of_alerts()}"


def _weights() -> str:
    weights = _mean("service_errors")
    heavy = sorted(weights, key=lambda name: -weights[name])[:6]
    rest = sum(weights.values()) - sum(weights[name] for name in heavy)
    return "".join(
        [
            "| column of `service_errors` | bytes a row |\n|---|--:|\n",
            *(f"| `{name}` | {weights[name]:,.0f} |\n" for name in heavy),
            f"| the other {len(weights) - len(heavy)} | {rest:,.0f} |\n",
            f"| a whole row | {sum(weights.values()):,.0f} |\n",
            f"| a whole row of `service_runs` | {sum(_mean('service_runs').values()):,.0f} |\n",
        ]
    )


def _readings() -> str:
    rows = " | ".join(f"{count:,} rows a day" for count in ROWS_A_DAY)
    head = f"| view | days of errors, of runs | bytes of an error, of a run | {rows} | dollars, at 1,000,000 |\n"
    return head + "|---|--:|--:|--:|--:|--:|--:|\n" + "".join(map(_reading, _RELATIONS))


def _a_day_of_alerts() -> str:
    prices = (f"{_dollars(720 * _counted('alerts', rows)):,.2f} dollars at {rows:,} rows" for rows in SCALES)
    return f"`alerts`, read every two minutes, costs a day {', '.join(prices)} a day.\n"


def _reading(name: str) -> str:
    days = _widest(name)
    if not days.keys() & set(_GROWING):
        return ""
    weights = {table: _weight(name, table) for table in days}
    cells = [
        f"`{name}`",
        ", ".join(f"{days.get(table, 0):g}" for table in _GROWING),
        ", ".join(f"{weights.get(table, 0):,.0f}" for table in _GROWING),
        *(_size(_counted(name, rows)) for rows in ROWS_A_DAY),
        f"{_dollars(_counted(name, 1_000_000)):,.2f}",
    ]
    return f"| {' | '.join(cells)} |\n"


def _counted(name: str, rows: int) -> float:
    """Return the bytes that one reading of a view counts as, at so many errors and as many runs a day."""
    days, least = _widest(name), value("least")
    bytes_of = {table: _weight(name, table) * days[table] * rows for table in _GROWING if table in days}
    return sum(max(least, bytes_of.get(table, 0)) for table in tables_of(_RELATIONS[name].sql))


def _weight(name: str, table: str) -> float:
    return sum(_mean(table)[column] for column in _columns(name)[table])


def _dollars(count: float) -> float:
    return count / TIB * value("query")


@cache
def _widest(view: str) -> Mapping[str, float]:
    widest: dict[str, float] = {}
    for bound in bounds_of(_RELATIONS[view].sql):
        widest[bound.table] = max(float(bound.days), widest.get(bound.table, 0))
    return widest


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":  # noqa: PLR2004  # the next unit begins
            return f"{count:,.1f} {unit}"
        count /= 1024
    raise AssertionError(count)


@cache
def _mean(table: str) -> Mapping[str, float]:
    known = _schema.tables()[table].columns
    rows = [record.row() for record in _records() if record.table == table]
    return {
        column.name: sum(_bytes(column, row.get(column.name)) for row in rows) / max(len(rows), 1) for column in known
    }


def _records() -> Iterator[Any]:
    for entry in sorted(CORPUS.glob("*/entry*.json")):
        yield from logs.parse(json.loads(entry.read_text("utf-8")))


def _bytes(column: _schema.Column, value: Any, *, is_item: bool = False) -> int:
    if value is None:
        return 0
    if column.mode == "REPEATED" and not is_item:
        return sum(_bytes(column, item, is_item=True) for item in value)
    if column.fields:
        return sum(_bytes(field, value.get(field.name)) for field in column.fields)
    return _FIXED.get(column.type) or 2 + len(str(value).encode())


@cache
def _columns(view: str) -> Mapping[str, set[str]]:
    ((_, plan),) = _store().execute(f"EXPLAIN (FORMAT json) SELECT * FROM {view}").fetchall()  # noqa: S608  # a name of ours
    read: dict[str, set[str]] = {name: set() for name in _schema.tables()}
    for scan in _scans(json.loads(plan)):
        table = scan["Table"].rpartition(".")[2]
        columns = scan.get("Projections", [])
        read[table] |= {columns} if isinstance(columns, str) else set(columns)
    return read


def _scans(nodes: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if "Table" in node["extra_info"]:
            yield node["extra_info"]
        yield from _scans(node["children"])


@cache
def _store() -> duckdb.DuckDBPyConnection:
    # Of the values in a table, here of there being none, a plan must not conclude that it need not be read.
    connection = duckdb.connect(config={"disabled_optimizers": "statistics_propagation,empty_result_pullup"})
    for table in _schema.tables().values():
        connection.execute(create_table(table))
    for name in _schema.relations():
        connection.execute(create_relation(name))
    return connection
