"""Who is right, where two engines could differ? GoogleSQL's reference evaluator gives the same rows as DuckDB."""

import pytest

from support.cases import ask_duckdb, cases, inputs
from support.evaluator import NotEvaluated, ask_evaluator

CASES = cases("views")

# Views that the evaluator cannot run, and the words with which it says so.
NOT_EVALUATED: dict[str, str] = {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_reference_gives_the_same_rows(case):
    """Every case of every view gives, to the last column, what DuckDB gives; what is said not to run does not."""
    view, rows = case.parent.name, inputs(case)
    sql = f"SELECT * FROM {view}"  # noqa: S608
    if view in NOT_EVALUATED:
        with pytest.raises(NotEvaluated, match=NOT_EVALUATED[view]):
            ask_evaluator(rows, sql)
        return
    ours, theirs = ask_duckdb(rows, sql), ask_evaluator(rows, sql)
    assert ours.columns == theirs.columns
    assert sorted(ours.rows, key=str) == sorted(theirs.rows, key=str)


def test_where_the_engines_differ_it_shows():
    """Sunday is day 1 of BigQuery's week and day 0 of DuckDB's: the comparison is able to tell."""
    sql = "SELECT EXTRACT(DAYOFWEEK FROM error_timestamp) AS day FROM service_errors"
    rows = inputs(next(case for case in CASES if case.parent.name == "service_errors_unique"))
    assert {row for (row,) in ask_evaluator(rows, sql).rows} == {day + 1 for (day,) in ask_duckdb(rows, sql).rows}


def test_what_is_not_evaluated_says_why():
    """A statement that the evaluator does not run is told by its own words."""
    with pytest.raises(NotEvaluated, match="Table not found: nowhere"):
        ask_evaluator({}, "SELECT * FROM nowhere")
