"""svcerrors.ops.expect.load, loads and dated: whole loads, or none, on both stores."""

from datetime import UTC, datetime, timedelta

import pytest

from svcerrors._errors import SvcErrorsError, WarehouseUnavailable
from svcerrors.ops.expect.dated import refresh
from svcerrors.ops.expect.load import load_runs, load_triggers, missing_triggers
from svcerrors.ops.expect.loads import EXPECTED_RUNS, TRIGGERS_SEEN, newest, write
from svcerrors.ops.expect.manifest import read_manifest
from svcerrors.ops.expect.triggers import Trigger

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
DAILY = {"run_name": "daily", "service_name": "scores", "time_zone": "UTC"}


def told(changes):
    return [(one.change, " ".join(one.names), *one.columns) for one in changes]


def rows_of(store, table="expected_runs"):
    where = "WHERE seen_at > TIMESTAMP '2000-01-01 00:00:00+00'" if table == "triggers_seen" else ""
    return store.query(f"SELECT COUNT(*) FROM {table} {where}").rows[0][0]  # noqa: S608  # tables of ours


DATES = """SELECT {name} AS run_name, CAST(day AS STRING) AS run_key,
TIMESTAMP_ADD(TIMESTAMP '{tomorrow}+00', INTERVAL 24 * day HOUR) AS expected_by FROM ({days})"""


def dates(*days):
    """Return a view's query that gives a row for each day from tomorrow."""
    each = " UNION ALL ".join(f"SELECT {n} AS day" for n in days) or "SELECT 0 AS day LIMIT 0"
    return DATES.format(name="'games'", tomorrow=f"{TOMORROW:%Y-%m-%d %H:%M:%S}", days=each)


def test_what_was_loaded_is_the_newest_load(either):
    """Every column comes back as it was; loading it again stores nothing more."""
    runs = read_manifest(
        "m", b"runs:\n- {run_name: a, cron: 0 6 * * 1-5, days_off: 12-25, grace_minutes: 5}\n- run_name: b"
    ).runs

    first, again = load_runs(either, runs), load_runs(either, runs)

    assert told(first) == [("new", "a"), ("new", "b")]
    assert newest(either, EXPECTED_RUNS) == runs
    assert (again, rows_of(either)) == ([], 2)


def test_new_changed_and_vanished_are_told(store):
    """A trial tells the same, and stores nothing; the older load stays in the table."""
    load_runs(store, read_manifest("m", b"runs: [{run_name: a, owner: x}, {run_name: b}]").runs)
    after = read_manifest("m", b"runs: [{run_name: a, owner: y, phase: 3}, {run_name: c}]").runs

    trial, done = load_runs(store, after, is_trial=True), load_runs(store, after)

    assert told(trial) == [("changed", "a", "owner", "phase"), ("new", "c"), ("vanished", "b")]
    assert (done, rows_of(store), newest(store, EXPECTED_RUNS)) == (trial, 4, after)


def test_a_load_that_was_broken_off_does_not_count(either):
    """Two of three rows are there: the load before stays the newest; a row that came twice is one."""
    load_runs(either, [DAILY])
    half = {
        **DAILY,
        "run_name": "half",
        "load_id": "z",
        "load_rows": 3,
        "loaded_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    }
    either.insert("expected_runs", [{**half, "load_row": number} for number in (1, 2, 2, 2)])

    assert [row["run_name"] for row in newest(either, EXPECTED_RUNS)] == ["daily"]

    either.insert("expected_runs", [{**half, "load_row": 3}])
    assert [row["run_name"] for row in newest(either, EXPECTED_RUNS)] == ["half"] * 3


class Breaking:
    """A real store that breaks at an insert."""

    def __init__(self, store):
        self.query = store.query

    def insert(self, *_):
        raise WarehouseUnavailable("reset by peer")


def test_a_store_that_breaks_leaves_the_load_before(store):
    """Nothing half made: the error goes on, and the next try tells the same."""
    load_runs(store, [DAILY])
    with pytest.raises(WarehouseUnavailable):
        load_runs(Breaking(store), [{**DAILY, "owner": "x"}])

    assert newest(store, EXPECTED_RUNS) == [DAILY]


def test_dates_of_a_view_become_rows_of_the_run(either):
    """Far ones are left out, names of other runs too; the view may be empty."""
    runs = [{**DAILY, "run_name": "games", "dates_from": dates(0, 1, 400), "grace_minutes": 5}, DAILY]

    assert told(load_runs(either, runs)) == [
        ("new", "games"),
        ("new", "daily"),
        ("new", f"games 0 {TOMORROW:%Y-%m-%dT%H:%M:%SZ}"),
        ("new", f"games 1 {TOMORROW + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"),
    ]
    dated = newest(either, EXPECTED_RUNS)[2]
    assert (dated["service_name"], dated["grace_minutes"], dated["run_key"]) == ("scores", 5, "0")

    empty = [{**DAILY, "run_name": "games", "dates_from": dates()}]
    load_runs(either, empty)
    assert newest(either, EXPECTED_RUNS) == empty


def test_dates_are_renewed_only_when_they_changed(store):
    """From the warehouse alone: what no manifest has is read from the newest load."""
    view = dates(0, 1)
    load_runs(store, [{**DAILY, "run_name": "games", "dates_from": view}])
    assert (refresh(store), rows_of(store)) == ([], 3)

    stale = [row for row in newest(store, EXPECTED_RUNS) if row.get("run_key") != "1"]
    write(store, EXPECTED_RUNS, stale)

    assert [one.names[:2] for one in refresh(store)] == [("games", "1")]
    assert (rows_of(store), refresh(store)) == (8, [])


def test_without_views_there_is_nothing_to_renew(store):
    """Not even when nothing was ever loaded."""
    assert refresh(store) == []
    load_runs(store, [DAILY])
    assert (refresh(store), rows_of(store)) == ([], 1)


@pytest.mark.parametrize("view", ["no_such_view", "SELECT 1 AS x", "SELECT FROM"])
def test_a_view_that_cannot_be_read_is_one_line(store, view):
    """It is named, what it is to have is said, and nothing is stored."""
    with pytest.raises(SvcErrorsError) as raised:
        load_runs(store, [{**DAILY, "dates_from": view}])

    assert str(raised.value).startswith(f"dates_from '{view}' cannot be read: ")
    assert "run_name, run_key and expected_by" in str(raised.value)
    assert rows_of(store) == 0


JOB, SUBSCRIPTION = "projects/p/locations/l/jobs/{}", "projects/p/subscriptions/{}"


def jobs(*names):
    return [Trigger("scheduler", JOB.format(name), "ENABLED", "0 6 * * *") for name in names]


def test_each_kind_of_trigger_has_a_newest_list(either):
    """What one kind lacks has vanished, whatever the other holds; that all is as before is news too."""
    load_triggers(either, jobs("a", "b"))
    load_triggers(either, [Trigger("subscription", SUBSCRIPTION.format("s"))])

    assert load_triggers(either, jobs("a", "b")) == []
    assert told(load_triggers(either, jobs("a"), is_trial=True)) == [("vanished", JOB.format("b"))]
    assert told(load_triggers(either, jobs("a"))) == [("vanished", JOB.format("b"))]
    assert [row["trigger_name"] for row in newest(either, TRIGGERS_SEEN, "scheduler")] == [JOB.format("a")]
    assert [row["trigger_name"] for row in newest(either, TRIGGERS_SEEN, "subscription")] == [SUBSCRIPTION.format("s")]
    assert rows_of(either, "triggers_seen") == 6


def test_a_run_whose_trigger_is_not_listed_is_missing_it():
    """Only of the kinds that were listed."""
    runs = [
        {**DAILY, "trigger_name": JOB.format("gone")},
        {**DAILY, "trigger_name": JOB.format("a")},
        {**DAILY, "trigger_name": SUBSCRIPTION.format("s")},
        DAILY,
    ]

    assert missing_triggers(runs, jobs("a")) == runs[:1]
    assert missing_triggers(runs, []) == []
