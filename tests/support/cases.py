"""Cases: folders of input rows, and of the rows that a view or a question makes of them; the clock stands still.

`input.yaml` maps tables to rows, in which required columns that do not matter have the values of DEFAULTS;
`expect.yaml` lists the rows that come out, with the columns that the case is about.
"""

from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import duckdb
import yaml

from svcerrors import _schema
from svcerrors.warehouse import Result, _translate
from svcerrors.warehouse._duckdb_sql import create_table
from svcerrors.warehouse._duckdb_values import plain

TESTS = Path(__file__).parents[1]
CLOCK = datetime(2026, 1, 25, 12, tzinfo=UTC)
DEFAULTS = {
    "service_errors": {
        "service_name": "s",
        "error_type": "E",
        "error_message": "",
        "error_category": "processing_error",
        "severity": "ERROR",
        "fingerprint": "f",
        "occurrences": 1,
    },
    "service_runs": {
        "service_name": "s",
        "run_id": "r",
        "run_name": "r",
        "evidence": "observed",
        "status": "answered",
    },
    "expected_runs": {"load_id": "1", "loaded_at": CLOCK - timedelta(days=30), "service_name": "s", "run_name": "r"},
    "triggers_seen": {"load_id": "1", "seen_at": CLOCK - timedelta(days=1), "kind": "scheduler"},
    "service_errors_rejected": {"reason": "it is not JSON", "raw": b"?"},
    "alert_log": {
        "notice_id": "n",
        "alert_key": "new_error:s:f",
        "episode": 1,
        "kind": "fired",
        "route": "team",
        "rule": "new_error",
        "severity": "ERROR",
        "title": "",
    },
    "alert_policy": {"load_id": "1", "service_name": "*", "rule": "*", "loaded_at": CLOCK},
    "error_states": {"state_id": "1", "fingerprint": "f", "at": CLOCK},
}
LOADS = ("expected_runs", "alert_policy", "triggers_seen")


def cases(kind):
    """Return the folders of all cases of `views` or `queries`; the parent's name is what they are of."""
    return sorted((TESTS / kind).glob("*/test_*/"))


def load(path):
    """Return what a file of a case says, nothing where there is none."""
    return yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}


def inputs(case):
    """Return the rows of a case by table, complete."""
    given = load(case / "input.yaml")
    return {
        table: numbered(table, [{**DEFAULTS.get(table, {}), **row} for row in rows]) for table, rows in given.items()
    }


def numbered(table, rows):
    """Return the rows of a load as one that is whole, where a case does not say otherwise."""
    if table not in LOADS:
        return rows
    sizes, places = Counter(row["load_id"] for row in rows), defaultdict(count)
    return [{"load_rows": sizes[row["load_id"]], "load_row": next(places[row["load_id"]]) + 1, **row} for row in rows]


def at_the_clock(sql):
    """Return a query that reads the time of the cases from the clock."""
    return sql.replace("CURRENT_TIMESTAMP()", f"TIMESTAMP '{CLOCK:%Y-%m-%d %H:%M:%S}+00'")


@contextmanager
def warehouse(rows):
    """Yield a DuckDB connection with the rows in the tables, and the views over them; nothing of it stays."""
    connection = _applied()
    connection.execute("BEGIN")
    try:
        for table, some in rows.items():
            for row in some:
                columns, places = ", ".join(map(_quoted, row)), ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(row.values()))  # noqa: S608
        yield connection
    finally:
        connection.execute("ROLLBACK")


@cache
def _applied():
    # Once for all cases: DuckDB reads the whole tree below each view that is made.
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for statement in (*map(create_table, _schema.tables().values()), *_relations()):
        connection.execute(statement)
    return connection


def _quoted(name):
    return f'"{name}"'


def _relations():
    made = []
    for name, view in _schema.relations().items():
        body = _translate.read(at_the_clock(view.render("main"))).sql
        if isinstance(view, _schema.Routine):
            made.append(f"CREATE MACRO {name}({', '.join(dict(view.arguments))}) AS TABLE {body}")
        else:
            made.append(f"CREATE VIEW {name} AS {body}")
    return made


def ask_duckdb(rows, sql, parameters=None):
    """Return what a GoogleSQL query gives on DuckDB, over rows by table."""
    with warehouse(rows) as connection:
        found = connection.execute(_translate.read(at_the_clock(sql)).sql, parameters or {})
        names, kinds = zip(*((name, kind) for name, kind, *_ in found.description), strict=True)
        return Result(names, plain(kinds, found.fetchall()))


def as_expected(found, expected):
    """Return the rows of a result, each with the columns that the expected row in its place has."""
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    shown = [{name: row[name] for name in wanted} for row, wanted in zip(rows, expected, strict=False)]
    return shown + rows[len(expected) :]
