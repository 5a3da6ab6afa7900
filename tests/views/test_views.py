"""Every view, from input rows to expected rows: one folder a case, the clock at 2026-01-25 12:00 UTC.

`input.yaml` maps tables to rows, in which required columns that do not matter have the values of DEFAULTS;
`expect.yaml` lists the view's rows in the order of its key, with the columns that the case is about.
"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from svcerrors import _schema
from svcerrors.warehouse import _translate
from svcerrors.warehouse._duckdb_sql import create_table

CASES = sorted(Path(__file__).parent.glob("*/test_*"))
CLOCK = "TIMESTAMP '2026-01-25 12:00:00+00'"
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
    "service_runs": {"run_id": "r", "run_name": "r", "evidence": "observed", "status": "answered"},
}
KEYS = {
    "service_errors_unique": "service_name, error_id",
    "service_runs_unique": "service_name, row_id",
    "incidents": "incident_id",
    "error_groups": "fingerprint",
    "startup_failures": "service_name, revision",
    "service_health": "service_name",
    "alerts": "alert_key",
}


def warehouse(inputs):
    """Return a DuckDB connection with the rows in the tables, and the views over them."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in _schema.tables().values():
        connection.execute(create_table(table))
    for table, rows in inputs.items():
        for row in rows:
            filled = {**DEFAULTS[table], **row}
            names = ", ".join(filled)
            connection.execute(
                f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(filled))})",  # noqa: S608
                list(filled.values()),
            )
    for name, view in _schema.relations().items():
        body = _translate.read(view.render("main").replace("CURRENT_TIMESTAMP()", CLOCK)).sql
        if isinstance(view, _schema.Routine):
            connection.execute(f"CREATE MACRO {name}({', '.join(dict(view.arguments))}) AS TABLE {body}")
        else:
            connection.execute(f"CREATE VIEW {name} AS {body}")
    return connection


def load(path):
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_view(case):
    """The rows of a case give the expected rows of its view, no more and no fewer."""
    view, expected = case.parent.name, load(case / "expect.yaml")
    found = warehouse(load(case / "input.yaml")).execute(f"SELECT * FROM {view} ORDER BY {KEYS[view]}")  # noqa: S608
    columns = [column[0] for column in found.description]
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    assert [{name: row[name] for name in wanted} for row, wanted in zip(rows, expected, strict=False)] == expected
    assert len(rows) == len(expected)


def test_every_view_has_cases():
    """A view without a case is a view that no one has seen work."""
    views = {name for name, view in _schema.relations().items() if not isinstance(view, _schema.Routine)}

    assert {case.parent.name for case in CASES} == views == set(KEYS)


def test_the_clock_of_the_cases_is_in_every_bound():
    """A view that read another clock than CURRENT_TIMESTAMP() would not be tested by these cases."""
    assert datetime.fromisoformat(CLOCK.split("'")[1]) == datetime(2026, 1, 25, 12, tzinfo=UTC)
    for view in _schema.relations().values():
        assert "CURRENT_DATE" not in view.sql
        assert "CURRENT_DATETIME" not in view.sql
