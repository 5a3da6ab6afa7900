"""svcerrors.ops.backfill: a window of Cloud Logging as rows, whatever its API does meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.entries import entry
from support.entries_list import serving
from svcerrors._errors import LogsRefused, LogsUnavailable, WarehouseUnavailable
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.backfill.backfill import backfill
from svcerrors.ops.backfill.cloud_logging import CloudLogging
from svcerrors.ops.backfill.journal import Journal
from svcerrors.ops.backfill.pages import pages
from svcerrors.ops.backfill.quota import WAITS, Clock, Quota
from svcerrors.ops.backfill.window import Window, rfc3339
from svcerrors.sink import Intake
from svcerrors.warehouse import open_warehouse

UNTIL = datetime.now(UTC).replace(microsecond=0)
SINCE = UNTIL - timedelta(days=1)


class Hands:
    """A clock that moves when someone sleeps."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []
        self.waits = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self):
        return Clock(lambda: self.seconds, self.sleep, lambda seconds, why: self.waits.append((seconds, str(why))))


def at(minutes):
    """Return a time of the window; its nanoseconds are what error_id is made of."""
    return f"{SINCE + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.123456789Z"


def failures(count):
    return [entry(f"ERROR:root:failure {n}", at=at(n)) for n in range(count)]


class Run:
    """A backfill of the served log into a store of its own."""

    def __init__(self, server, folder, resources=("projects/p",), wanted=None):
        self.where, self.hands, self.told = f"duckdb:{folder}", Hands(), []
        self.store = open_warehouse(self.where)
        self.store.apply()
        self.window = Window(resources, wanted or inclusion_filter(sample_rate=None), SINCE, UNTIL)
        self.logs = CloudLogging(resources, Quota(self.hands.clock()), server.url)

    def go(self, store=None):
        def tell(part, _):
            self.told.append(part)

        journal = Journal(self.where, self.window)
        intake = Intake(store or self.store, source="backfill")
        return backfill(self.logs, intake, self.window, journal, tell, self.hands.clock())

    def messages(self):
        found = self.store.query("SELECT error_message FROM service_errors_unique ORDER BY error_timestamp").rows
        return [message for (message,) in found]


def said(count):
    return [f"failure {n}" for n in range(count)]


@pytest.fixture
def started(tmp_path):
    """Return a starter of a server and a run; each test has one."""
    with serving() as server:

        def start(entries, **more):
            server.entries = entries
            server.page = more.pop("page", 10)
            return server, Run(server, tmp_path / "w", **more)

        yield start


def test_every_page_of_the_window_becomes_rows(started):
    """Only what lies in the window and passes the filter; the bar goes from page to page up to the end."""
    outside = [entry("ERROR:root:early", at=at(-1)), entry("ERROR:root:late", at=at(24 * 60))]
    quiet = [entry("all is well", severity="INFO", at=at(3))]
    server, run = started([*failures(35), *outside, *quiet])

    done = run.go()

    assert (done.entries, dict(done.rows)) == (35, {"service_errors": 35})
    assert run.messages() == said(35)
    assert [body.get("pageToken") for body in server.requests] == [None, "token-0", "token-1", "token-2"]
    assert run.told == sorted(run.told)
    assert 0 < run.told[0] < run.told[-1] <= 1


def test_an_empty_window_is_no_row(started):
    """And no error."""
    _, run = started([])
    assert run.go().entries == 0


FAULTS = [429, 500, 502, 503, 504, "reset", "cut", "slow", "empty", "repeat", "forget"]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_that_passes_costs_nothing(started, fault):
    """At the first page, and in the midst: every failure is there, and counts once."""
    server, run = started(failures(35))
    server.schedule.extend([fault, None, fault, fault])
    run.go()
    assert run.messages() == said(35)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*FAULTS[:7], "empty", "repeat", "forget", None]), max_size=12), st.integers(1, 9))
def test_any_schedule_of_faults_loses_no_entry(schedule, page):
    """However they mix, and however small the pages are."""
    log, hands = failures(20), Hands()
    window = Window(("projects/p",), 'severity="ERROR"', SINCE, UNTIL)
    with serving(log, page=page) as server:
        server.schedule.extend(schedule)
        logs = CloudLogging(window.resources, Quota(hands.clock()), server.url)
        read = [one for some, _ in pages(logs, window, rfc3339(SINCE), hands.clock()) for one in some]
    assert {one["insertId"] for one in read} == {one["insertId"] for one in log}


def test_more_entries_of_one_moment_than_a_page_holds(started):
    """Their time is no bound to go on from; their tokens are."""
    _, run = started([entry(f"ERROR:root:failure {n}", at=at(5)) for n in range(35)])
    assert run.go().entries == 35


def test_sixty_requests_a_minute_are_the_most(started):
    """Also of tries that failed: 130 requests take more than two minutes."""
    server, run = started(failures(125), page=1)
    server.schedule.extend([500] * 5)

    run.go()

    assert len(server.requests) == 130
    assert run.hands.seconds >= 129


def test_what_takes_its_time_anyway_is_not_held_up():
    """A request that took longer than its share is followed at once; what was saved is not spent later."""
    hands = Hands()
    quota = Quota(hands.clock())
    for _ in range(3):
        quota.wait()
        hands.seconds += 5
    assert hands.slept == []
    quota.wait()
    quota.wait()
    assert hands.slept == [1.0]


def test_a_long_wait_is_told(started):
    """What hangs for minutes without a word is taken for dead; a blip is not worth a line."""
    server, run = started(failures(15))
    server.schedule.extend([503] * 5)
    run.go()

    assert run.hands.waits == [(seconds, "Cloud Logging, projects/p: answered 503") for seconds in (4.0, 8.0, 16.0)]


def test_what_does_not_pass_ends_it_and_the_next_goes_on(started):
    """After minutes of patience one line; what was stored is not asked for again."""
    server, run = started(failures(35))
    server.schedule.extend([None, None, *[503] * (len(WAITS) + 1)])

    with pytest.raises(LogsUnavailable, match="Cloud Logging, projects/p: answered 503"):
        run.go()
    assert (run.messages(), len(server.requests)) == (said(20), 2 + len(WAITS) + 1)
    assert sum(run.hands.slept) > 90

    done = run.go()
    assert f'timestamp>="{at(19)}"' in server.requests[-1]["filter"]
    assert (done.entries, run.messages()) == (16, said(35))


def test_a_token_that_comes_again_begins_a_new_search(started):
    """At the time that was reached; where it came no further, it ends and does not ask for ever."""
    server, run = started(failures(35))
    server.schedule.extend([None, "loop"])
    run.go()
    assert run.messages() == said(35)

    server.schedule.extend(["loop"] * 50)
    server.page = 1
    server.entries = failures(1)
    with pytest.raises(LogsUnavailable, match="the same page again and again"):
        run.go()


REFUSED = {
    400: "is the filter right?",
    401: "gcloud auth application-default login",
    403: "roles/logging.viewer",
    404: "is the name right?",
}


@pytest.mark.parametrize(("status", "advice"), REFUSED.items())
def test_what_will_never_be_answered_ends_it_at_once(started, status, advice):
    """One request, one line that says what to do."""
    server, run = started(failures(1))
    server.schedule.append(status)
    with pytest.raises(LogsRefused) as raised:
        run.go()
    assert len(server.requests) == 1
    assert str(raised.value).startswith("Cloud Logging, projects/p: ")
    assert advice in str(raised.value)


def test_several_projects_are_one_search(started):
    """In one request, in the order of time."""
    server, run = started(failures(3), resources=("projects/p", "projects/q/locations/l/buckets/b/views/v"))
    run.go()
    assert server.requests[0]["resourceNames"] == ["projects/p", "projects/q/locations/l/buckets/b/views/v"]


def test_a_filter_of_ones_own(started):
    """Stands in parentheses beside the window; the parser reads what it lets through."""
    _, run = started(failures(30), wanted='textPayload:"failure 1" OR textPayload:"failure 2" -- a few')
    assert run.go().entries == 22


class Busy:
    """A real store that is busy for a while."""

    def __init__(self, store, times):
        self.store, self.times, self.query = store, times, store.query

    def insert(self, table, rows):
        if self.times:
            self.times -= 1
            raise WarehouseUnavailable("busy")
        self.store.insert(table, rows)


def test_a_store_that_is_busy_is_waited_for(started):
    """Nothing is asked again of Cloud Logging; a store that stays so ends it, and the next goes on."""
    server, run = started(failures(15))
    run.go(Busy(run.store, 3))
    assert (run.messages(), len(server.requests)) == (said(15), 2)

    with pytest.raises(WarehouseUnavailable):
        run.go(Busy(run.store, 100))


def test_entries_that_cannot_be_read_are_kept(started):
    """In quarantine, counted; the rest are rows."""
    broken = {**entry(at=at(1)), "resource": {"type": "cloud_run_revision", "labels": {}}}
    _, run = started([broken, *failures(3)])
    assert dict(run.go().rows) == {"service_errors": 3, "service_errors_rejected": 1}
