"""Does everything that is read bound its partitions? BigQuery would refuse it, or read 400 days."""

import re

import pytest

from bounds import Unbounded, bounds_of
from svcerrors import _schema

VIEWS = [view for view in _schema.relations().values() if not isinstance(view, _schema.Routine)]
ROUTINES = [view for view in _schema.relations().values() if isinstance(view, _schema.Routine)]
DAY = "error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)"
EVERY = [*VIEWS, *_schema.queries().values()]


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.name)
def test_every_view_and_question_bounds_what_it_reads(asked):
    """Each table that requires a partition filter has one where it is named, through every view and function."""
    parameters = {name for name, *_ in getattr(asked, "parameters", ())}
    for bound in bounds_of(asked.sql):
        assert bound.days in parameters or 0 < bound.days <= 400


@pytest.mark.parametrize("routine", ROUTINES, ids=lambda routine: routine.name)
def test_a_table_function_reads_what_its_argument_says(routine):
    """Each argument with one day more at most."""
    given = {argument: 30 * (place + 1) for place, (argument, _) in enumerate(routine.arguments)}
    said = {days + more for days in given.values() for more in (0, 1)}
    assert {bound.days for bound in bounds_of(routine.sql, given)} <= said


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_description_says_the_bound_that_is_there(view):
    """The days that a description names are days that are read, or one less than is read."""
    read = {bound.days - more for bound in bounds_of(view.sql) for more in (0, 1)}
    if read:
        assert {float(days) for days in re.findall(r"(\d+) days", view.description)} <= read


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM service_errors",
        "SELECT * FROM service_runs WHERE service_name = 's'",
        "SELECT * FROM service_errors WHERE error_timestamp >= first_seen",
        "SELECT * FROM service_errors WHERE inserted_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)",
        f"SELECT * FROM service_errors WHERE {DAY} OR TRUE",  # noqa: S608
        f"SELECT * FROM (SELECT * FROM service_errors) WHERE {DAY}",  # noqa: S608
        "SELECT * FROM incidents JOIN service_runs USING (service_name)",
    ],
)
def test_what_has_no_bound_is_found(sql):
    """No filter, one on another column, one of several choices, one outside, none of a joined table."""
    with pytest.raises(Unbounded, match="is read without a bound on"):
        list(bounds_of(sql))
