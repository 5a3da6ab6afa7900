"""svcerrors.ops.replay: after a fix the quarantine becomes rows, once, however often it is asked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from support.entries import entry, push
from support.processes import svcerrors
from svcerrors import logs
from svcerrors._errors import UsageError, WarehouseRefused
from svcerrors.ops.replay import replay
from svcerrors.ops.since import since
from svcerrors.sink import Delivery, Intake
from svcerrors.sink.collapse import store_collapsed
from svcerrors.sink.intake import rows
from svcerrors.sink.push import unwrap
from svcerrors.warehouse import open_warehouse

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def where(tmp_path):
    return f"duckdb:{tmp_path}/w"


@pytest.fixture
def store(where):
    made = open_warehouse(where)
    made.apply()
    return made


@pytest.fixture
def broken_parser():
    """A parser that knows nothing; undone, it is fixed."""

    def fail(_, **options):
        return [logs.Rejected(reason="unknown", raw=b"", source=options["source"])]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "parse", fail)
        yield patch


def services(store):
    return [name for (name,) in store.query("SELECT service_name FROM service_errors ORDER BY 1").rows]


def quarantine(store):
    return store.query("SELECT COUNT(*) FROM service_errors_rejected").rows[0][0]


def test_after_a_fix_each_message_is_a_row_once(store, broken_parser):
    """Redelivered ones too; the second replay stores nothing; the quarantine stays as it was."""
    bodies = [push(entry(service=name)) for name in ("one", "two")]
    for body in (*bodies, bodies[0]):
        Intake(store).store(unwrap(body).deliveries)
    assert (services(store), quarantine(store)) == ([], 3)
    broken_parser.undo()

    first, second = replay(store, YESTERDAY), replay(store, YESTERDAY)

    assert (first.messages, dict(first.rows), first.known, first.left) == (2, {"service_errors": 2}, 0, 0)
    assert (second.messages, dict(second.rows), second.known, second.left) == (2, {}, 2, 0)
    assert (services(store), quarantine(store)) == (["one", "two"], 3)


def test_an_error_that_is_in_a_storms_row_is_there_already(store, broken_parser):
    """Set aside by a broken sink, and then delivered to a mended one that wrote a storm as one row."""
    bodies = [push(entry()) for _ in range(5)]
    for body in bodies:
        Intake(store).store(unwrap(body).deliveries)
    broken_parser.undo()
    storm = [row for body in bodies[:4] for one in unwrap(body).deliveries for row in rows(one, "live")]
    store_collapsed(store, storm, Intake(store).set_aside, 3.0, 1)

    done = replay(store, YESTERDAY)

    assert (done.known, dict(done.rows)) == (4, {"service_errors": 1})
    assert len(services(store)) == 2
    assert store.query("SELECT SUM(occurrences) FROM service_errors_unique").rows == [(5,)]


def test_it_gives_the_rows_that_the_live_message_would_have_given(store, broken_parser, tmp_path):
    """Same error_id, same source: a message that was also delivered to a fixed sink counts once."""
    body = push(entry())
    Intake(store, "local").store(unwrap(body).deliveries)
    broken_parser.undo()
    replay(store, YESTERDAY)
    other = open_warehouse(f"duckdb:{tmp_path}/other")
    other.apply()
    Intake(other, "local").store(unwrap(body).deliveries)

    query = "SELECT error_id, source, error_type FROM service_errors"
    assert store.query(query).rows == other.query(query).rows


def test_what_is_still_junk_stays_and_is_not_set_aside_again(store):
    """A replay never makes the quarantine grow."""
    Intake(store).store([Delivery(b"{half", fault="not JSON")])

    done = replay(store, YESTERDAY)

    assert (done.messages, dict(done.rows), done.left) == (1, {}, 1)
    assert quarantine(store) == 1


def test_a_message_in_parts_is_joined(store):
    """Nine megabytes in three rows are one message again, whose entries become rows."""
    one = json.dumps(entry(labels={"x": "y" * 9_000_000})).encode()
    Intake(store).store([Delivery(one, fault="too large, once")])
    assert quarantine(store) == 3

    assert replay(store, YESTERDAY).rows == {"service_errors": 1}
    assert services(store) == ["scores"]


class Refusing:
    """A real store that refuses rows of one service."""

    def __init__(self, store):
        self._store, self.query = store, store.query

    def insert(self, table, rows):
        if any(row["service_name"] == "bad" for row in rows):
            raise WarehouseRefused("no such value")
        self._store.insert(table, rows)


def test_a_row_that_the_warehouse_still_refuses_stays(store):
    """The others of its message are stored."""
    lines = b"\n".join(json.dumps(entry(service=name)).encode() for name in ("bad", "good"))
    Intake(store).store([Delivery(lines, fault="refused")])

    done = replay(Refusing(store), YESTERDAY)

    assert (dict(done.rows), done.left) == ({"service_errors": 1}, 1)
    assert (services(store), quarantine(store)) == (["good"], 1)


def test_the_command_says_what_it_did(store, where):
    """A dry run stores nothing, and then the real one does what it said."""
    Intake(store).store([Delivery(json.dumps(entry()).encode(), fault="once"), Delivery(b"{", fault="not JSON")])

    trial = svcerrors("replay", "--dry-run", "--warehouse", where)
    stored_by_trial = services(store)
    done, again = (svcerrors("replay", "--since", "1h", "--warehouse", where) for _ in range(2))

    rest = "messages stay\n"
    assert trial.stderr.decode() == (
        f"2 messages in quarantine would give 1 rows of service_errors; 0 rows were there already; 1 {rest}"
    )
    assert stored_by_trial == []
    assert (
        done.stderr.decode()
        == f"2 messages in quarantine gave 1 rows of service_errors; 0 rows were there already; 1 {rest}"
    )
    assert again.stderr.decode() == f"2 messages in quarantine gave no row; 1 rows were there already; 1 {rest}"
    assert (done.returncode, services(store)) == (0, ["scores"])


def test_only_what_was_set_aside_since_then_is_replayed(store):
    """The bound holds to the second."""
    Intake(store).store([Delivery(b"{", fault="not JSON")])

    assert replay(store, datetime.now(UTC)).messages == 0


@pytest.mark.parametrize(("span", "ago"), [("90m", 1.5), ("12h", 12), ("30d", 720)])
def test_spans_are_minutes_hours_or_days(span, ago):
    """As people write them."""
    assert abs(datetime.now(UTC) - since(span) - timedelta(hours=ago)) < timedelta(minutes=1)


@pytest.mark.parametrize("span", ["", "7", "d", "-1d", "7 d", "1w", "1.5h"])
def test_any_other_span_is_refused(span):
    """With what to write."""
    with pytest.raises(UsageError, match="give 90m, 12h or 30d"):
        since(span)
