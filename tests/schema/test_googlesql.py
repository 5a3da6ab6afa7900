"""Is every statement of schema/ GoogleSQL? Google's own analyzer says so."""

from dataclasses import replace

import pytest

from support.googlesql import Rejected
from svcerrors._schema import relations, tables
from svcerrors.warehouse import _googlesql


def test_every_statement_is_googlesql(analyzed):
    """Every table, routine, view and query is what BigQuery would take."""
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
