"""Every question, from input rows to expected rows: one folder a case, the clock at 2026-01-25 12:00 UTC.

`query_params.yaml` holds the parameters as `svcerrors query NAME --param` takes them; others have their defaults.
"""

import pytest

from support.cases import as_expected, ask_duckdb, cases, inputs, load
from support.evaluator import ask_evaluator
from svcerrors import _schema
from svcerrors.ops import read

CASES = cases("queries")


def asked(case):
    """Return the rows of a case, its question, and the parameters that it gives."""
    stored = _schema.queries()[case.parent.name]
    return inputs(case), stored.sql, read._parameters(stored, load(case / "query_params.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_query(case):
    """The rows of a case give the expected rows of its question, in its order, no more and no fewer."""
    expected = load(case / "expect.yaml")
    assert as_expected(ask_duckdb(*asked(case)), expected) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_reference_gives_the_same_rows(case):
    """GoogleSQL's reference evaluator gives what DuckDB gives, to the last column and in the same order."""
    assert ask_evaluator(*asked(case)) == ask_duckdb(*asked(case))


def test_every_question_has_cases():
    """A question without a case is one that no one has seen answered."""
    assert {case.parent.name for case in CASES} == set(_schema.queries())
