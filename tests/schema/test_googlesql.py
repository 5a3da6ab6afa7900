"""Is every statement of schema/ GoogleSQL? Google's own analyzer says so."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from support.googlesql import Catalog, Rejected
from svcerrors._schema import Column, Table, adoptions, relations, tables
from svcerrors.ops.alerts import log
from svcerrors.warehouse import _adoption, _googlesql


def test_every_statement_is_googlesql(analyzed):
    """Every table, routine, view and query is GoogleSQL; tests/views/test_reference.py runs what BigQuery is given."""
    assert analyzed.faults == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT nope FROM incidents", "sql:1:8: Unrecognized name: nope"),
        ("SELECT 1\nFROM `obs`.nowhere", "sql:2:6: Table not found: obs.nowhere"),
        (
            "SELECT fingerprint, COUNT(*) FROM incidents",
            "sql:1:8: SELECT list expression references column fingerprint",
        ),
        (
            "SELECT LAG(last_seen) OVER (ORDER BY last_seen) AS gap, gap FROM incidents",
            "sql:1:57: Unrecognized name: gap",
        ),
        ("SELECT 1 FROM service_runs WHERE run_id = 1", "sql:1:34: No matching signature for operator ="),
        ("SELECT * FROM incidents_since(1, 2)", "sql:1:15: "),
        ("SELECT first_seen::DATE FROM incidents", "sql:1:18: Syntax error"),
    ],
)
def test_what_is_none_is_rejected(analyzed, sql, fault):
    """A statement that BigQuery would refuse is refused, at its line and column."""
    with pytest.raises(Rejected) as caught:
        analyzed.catalog.take(sql)
    assert str(caught.value).startswith(fault)


def test_a_fault_of_a_view_is_told_at_its_own_line(analyzed):
    """What is wrong in a view's file is told with the path, line and column in that file."""
    broken = replace(relations()["incidents"], sql="\n-- why\nSELECT\n  nope\nFROM `${dataset}`.incidents_since(30)")
    before = list(analyzed.faults)
    analyzed.take_relation(broken)
    found = analyzed.faults[len(before) :]
    analyzed.faults[:] = before
    assert found == ["schema/views/incidents/view.sql:4:3: Unrecognized name: nope"]


def test_columns_are_added_by_a_statement_of_googlesql(analyzed):
    """What `apply` prints for an upgrade is GoogleSQL too."""
    table = tables()["service_errors"]
    frames = next(column for column in table.columns if column.name == "frames")
    sql = _googlesql.alter_table(table.name, [replace(frames, name="later")], [frames], "obs")
    assert analyzed.catalog.take(sql) is None


REQUIRED = ("error_id", "timestamp", "service_name", "error_type", "error_message", "error_category", "severity")
KINDS = "STRING BOOL INT64 FLOAT64 NUMERIC BIGNUMERIC DATE DATETIME TIME TIMESTAMP BYTES JSON"
OF_A_TEAM = (
    *(Column(name, "TIMESTAMP" if name == "timestamp" else "STRING", "REQUIRED", "") for name in REQUIRED),
    *(Column(f"x_{kind.lower()}", kind, "NULLABLE", "") for kind in KINDS.split()),
    *(Column(f"some_{kind.lower()}", kind, "REPEATED", "") for kind in KINDS.split()),
    Column("place", "RECORD", "NULLABLE", "", (Column("city", "STRING", "NULLABLE", ""),)),
)
OF_ANOTHER = (
    Column("logged_at", "DATETIME", "NULLABLE", ""),
    Column("created_at", "STRING", "NULLABLE", ""),
    Column("id", "INT64", "NULLABLE", ""),
    Column("level", "INT64", "NULLABLE", ""),
    Column("occurrence_count", "NUMERIC", "NULLABLE", ""),
)
NAMED_AS_OURS = (Column("error_timestamp", "TIMESTAMP", "REQUIRED", ""),)


@pytest.mark.parametrize("columns", [OF_A_TEAM, OF_ANOTHER, NAMED_AS_OURS], ids=["many types", "other types", "one"])
def test_a_table_is_adopted_by_statements_of_googlesql(columns):
    """Whatever the columns of a team's table are, the copy fits our table and the view fits theirs."""
    ours, how = tables()["service_errors"], adoptions()["service_errors"]
    there = Table("service_errors_adopted", "", columns, columns[0].name, (), None)
    catalog = Catalog("obs")
    catalog.take(_googlesql.create_table(ours, "obs"))
    catalog.take(_googlesql.create_view(relations()["service_errors_unique"], "obs"))
    catalog.take(_googlesql.create_table(there, "obs").replace("CLUSTER BY \n", "").replace("PARTITION BY", "-- "))

    for statement in (
        _adoption.set_aside("service_errors_adopted", "obs"),
        _adoption.copy_rows(ours, how, columns, "obs"),
        _adoption.as_before(ours, how, columns, "obs"),
    ):
        assert catalog.take(statement) is None


@pytest.mark.parametrize("sql", [log._TOLD, log._CHECKS, log._ROUTES])
def test_what_the_alert_job_asks_is_googlesql(analyzed, sql):
    """The questions that no file of schema/ holds."""
    assert analyzed.catalog.take(sql) is None


def test_every_scheduled_query_is_googlesql(analyzed):
    """BigQuery would take what docs/cost.md gives to be scheduled: what one creates, the next may write."""
    page = (Path(__file__).parents[2] / "docs" / "cost.md").read_text("utf-8")
    statements = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert len(statements) == 4
    for statement in statements:
        analyzed.catalog.take(statement.replace("${dataset}", "obs"), "docs/cost.md")
    kept, shown = (analyzed.catalog.columns(name) for name in ("incidents_kept", "incidents"))
    assert [column.name for column in kept] == [column.name for column in shown]
