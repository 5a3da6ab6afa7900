"""What makes a failure to start is judged in two places: both say the same of every case."""

import pytest

from support.cases import ask_duckdb, cases, inputs

CASES = [case for case in cases("views") if case.parent.name == "startup_failures"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_ongoing_fires_and_nothing_else(case):
    """The view that people read, and the rule that wakes them."""
    rows = inputs(case)
    ongoing = ask_duckdb(rows, "SELECT DISTINCT service_name, fingerprint FROM startup_failures WHERE is_ongoing").rows
    firing = ask_duckdb(
        rows,
        "SELECT service_name, fingerprint FROM firing_starts WHERE start.occurrences > 0 AND start.ended_us IS NULL",
    ).rows
    assert sorted(firing) == sorted(ongoing)
