"""svcerrors.ops.expect.cron: its lists say the times that cron says."""

import contextlib
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from svcerrors.ops.expect.cron import expand

BEGIN = datetime(2026, 1, 25, tzinfo=UTC)


def is_day(times, day):
    in_month, in_week = day.day in times["days_of_month"], (day.isoweekday() % 7 + 1) in times["days_of_week"]
    if times["days_of_month"] and times["days_of_week"]:
        return in_month or in_week
    return in_month or in_week or not (times["days_of_month"] or times["days_of_week"])


def runs(times):
    """Yield the times from BEGIN on, for five years, as a reader of the columns finds them."""
    for number in range(5 * 366):
        day = BEGIN + timedelta(days=number)
        if day.month in times["months"] and is_day(times, day):
            yield from (day.replace(hour=hour, minute=minute) for hour in times["hours"] for minute in times["minutes"])


def field(low, high):
    number = st.integers(low, high).map(str)
    spans = st.tuples(st.integers(low, high), st.integers(low, high)).map(lambda two: f"{min(two)}-{max(two)}")
    steps = st.tuples(st.just("*") | spans, st.integers(1, 9)).map(lambda two: f"{two[0]}/{two[1]}")
    return st.just("*") | st.lists(number | spans | steps, min_size=1, max_size=3).map(",".join)


CRONS = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(CRONS)
def test_the_lists_say_the_times_that_cron_says(expression):
    """The first twenty times of any expression are those of the library; what cannot be said is refused."""
    try:
        times = expand(expression)
    except ValueError:
        return
    before = BEGIN - timedelta(minutes=1)
    assert list(islice(runs(times), 20)) == [
        at for at in islice(CronSim(expression, before), 20) if at < BEGIN + timedelta(days=5 * 366)
    ]


def test_every_day_is_no_day_in_particular():
    """A star is an empty list; names of days and months are numbers, Sunday is 1."""
    assert expand("*/20 6 * jan SUN") == {
        "minutes": [0, 20, 40],
        "hours": [6],
        "days_of_month": [],
        "months": [1],
        "days_of_week": [1],
    }


@pytest.mark.parametrize(
    ("expression", "why"),
    {
        "61 * * * *": "bad minute",
        "0 24 * * *": "bad hour",
        "0 0 * * FRI-MON": "bad day-of-week",
        "0 0 30 2 *": "bad day-of-month",
        "0 6 * *": "not 4",
        "0 0 6 * * *": "not 6",
        "every 5 minutes": "not 3",
        "@daily": "not 1",
        "": "not 0",
        "0 0 L * *": "L and #",
        "0 0 * * 1#2": "L and #",
        "0 0 */2 * MON": "not both",
    }.items(),
)
def test_what_is_no_cron_says_why(expression, why):
    """One line, in which field."""
    with pytest.raises(ValueError, match=why):
        expand(expression)


@given(st.text(max_size=40))
def test_any_text_is_times_or_a_value_error(text):
    """Nothing else is ever raised."""
    with contextlib.suppress(ValueError):
        expand(text)
