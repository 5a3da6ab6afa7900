"""What BigQuery is given: every view written out, as its reference allows it, and read no table too often."""

from collections import Counter

import pytest
import sqlglot
from sqlglot import exp

from svcerrors import _schema
from svcerrors._errors import WarehouseRefused
from svcerrors.warehouse._googlesql import create_view, views
from svcerrors.warehouse._written_out import KEPT_ABOVE, reads_steps, view_written_out, written_out

VIEWS = sorted(views())
MOST_READS, MOST_KEPT = 500, 16
LONGEST = 256 * 1024
"""Characters of a view (https://docs.cloud.google.com/bigquery/quotas#view_limits)."""


def parsed(name):
    """Return the parse tree of a view as BigQuery is given it."""
    return sqlglot.parse_one(view_written_out(views()[name], "p.obs"), read="bigquery")


def steps(tree):
    """Return the expressions of a WITH clause by name."""
    return {step.alias: step.this for step in tree.find_all(exp.CTE)}


def named(tree):
    """Return how often a query names each table or expression."""
    return Counter(table.name for table in tree.find_all(exp.Table) if not isinstance(table.this, exp.Func))


def recursive(name, step):
    """Tell whether an expression names itself."""
    return named(step)[name] > 0


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_stands_on_tables_alone(name):
    """It reads no view and calls no function of ours, in which BigQuery allows no recursive expression."""
    tree = parsed(name)
    assert set(named(tree)) - set(steps(tree)) <= set(_schema.tables())


@pytest.mark.parametrize("name", VIEWS)
def test_a_recursive_query_has_one_with_and_no_union_distinct(name):
    """With RECURSIVE, BigQuery wants the WITH clause at the top, none inside, and every UNION ALL."""
    tree = parsed(name)
    clauses = list(tree.find_all(exp.With))
    if any(clause.recursive for clause in clauses):
        assert [clause.parent for clause in clauses] == [tree]
        assert [union.args["distinct"] for union in tree.find_all(exp.Union) if union.args["distinct"]] == []


@pytest.mark.parametrize("name", VIEWS)
def test_a_recursion_adds_no_row(name):
    """An expression that names itself does so once, on the right of a UNION ALL, for no row."""
    for step, query in steps(parsed(name)).items():
        if recursive(step, query):
            again = query.args["expression"].unnest()
            assert again.sql() == f"SELECT * FROM {step} WHERE FALSE"  # noqa: S608  # a name of ours
            assert named(query)[step] == 1


@pytest.mark.parametrize("name", VIEWS)
def test_no_table_is_read_too_often(name):
    """What is named twice is executed twice, unless it is recursive: steps on steps would be millions of reads."""
    tree = parsed(name)
    found, reads, kept = steps(tree), Counter(), []

    def of(query, step=""):
        counted = named(query) - Counter({step: 1})
        return sum(times * (reads[one] if one in found else 1) for one, times in counted.items())

    for step, query in found.items():
        reads[step] = of(query, step)
        if recursive(step, query):
            kept.append(reads[step])
            reads[step] = 1
    last = tree.copy()
    last.set("with_", None)
    assert of(last) + sum(kept) < MOST_READS
    assert len(kept) < MOST_KEPT
    assert all(one > KEPT_ABOVE for one in kept)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_not_too_long(name):
    """BigQuery bounds the text of a view."""
    assert len(create_view(views()[name], "a-project-with-a-long-name.a_dataset_with_a_long_name")) < LONGEST


def test_a_query_of_a_table_function_is_written_out():
    """Its argument is put in its place, its expressions stand before those of the query, and a plain name is enough."""
    asked = "WITH mine AS (SELECT run_id FROM runs_since(3))\nSELECT run_id FROM mine"
    tree = sqlglot.parse_one(written_out(asked), read="bigquery")
    assert [step.alias for step in tree.find_all(exp.CTE)][-2:] == ["runs_since_3", "mine"]
    assert set(named(tree)) - set(steps(tree)) == {"service_runs"}
    assert "INTERVAL '3' DAY" in tree.sql(dialect="bigquery")


@pytest.mark.parametrize("arguments", ["", "@days", "'7'", "1, 2"])
def test_other_arguments_than_plain_values_are_refused(arguments):
    """A function that BigQuery does not have can be given only what can be written out."""
    with pytest.raises(WarehouseRefused, match=r"^runs_since\(days INT64\) takes plain values, not \("):
        written_out(f"SELECT * FROM runs_since({arguments})")  # noqa: S608  # values of this file


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM incidents_since(3)", True),
        ("SELECT 1 FROM incidents JOIN firing_heard ON TRUE", True),
        ("SELECT * FROM incidents", False),
        ("SELECT 'incidents_since(3)'", False),
        ("SELECT EXTRACT(YEAR FROM first_seen) FROM incidents", False),
    ],
)
def test_only_what_reads_steps_is_written_out(sql, expected):
    """A query of views and tables goes to BigQuery as it is."""
    assert reads_steps(sql) == expected
