"""svcerrors.sink.own: the sink takes nothing of itself but heartbeats, and says itself what fails in it."""

import json

import pytest

from support.entries import entry, push
from support.logfilter import Filter
from svcerrors import logs
from svcerrors._errors import WarehouseUnavailable
from svcerrors.logs.filter import inclusion_filter
from svcerrors.sink.own import Own
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import Incoming
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import open_warehouse

HEARTBEAT = {"message": "alive", "svcerrors": {"schema_version": 1, "kind": "heartbeat", "name": "canary"}}


LETS_THROUGH = Filter(inclusion_filter())


class Flaky:
    """A real store that is away as often as it is told."""

    def __init__(self, store):
        self._store, self.away = store, 0

    def insert(self, table, rows):
        if self.away:
            self.away -= 1
            raise WarehouseUnavailable("away: wait")
        self._store.insert(table, rows)


@pytest.fixture
def store(tmp_path):
    made = open_warehouse(f"duckdb:{tmp_path}/w")
    made.apply()
    return made


@pytest.fixture
def flaky(store):
    return Flaky(store)


@pytest.fixture
def receiver(flaky):
    return Receiver(Settings("duckdb:", service="the-sink", revision="the-sink-00002-x"), flaky)


def deliver(receiver, one):
    body = push(one)
    return receiver.answer(Incoming("POST", "/", {}, body, len(body))).status


def kept(store):
    query = "SELECT service_name, error_type, error_message, occurrences, revision FROM service_errors_unique"
    return sorted(store.query(query).rows)


def test_what_the_sink_itself_logged_is_dropped_and_counted(receiver, store, capfd):
    """Acknowledged, no row, no quarantine and no line, which would come back for ever; the next write says how many."""
    for one in (entry(service="the-sink"), entry("oh", service="the-sink", log="varlog%2Fsystem")):
        assert deliver(receiver, one) == 204

    assert (kept(store), capfd.readouterr().out) == ([], "")
    health = json.loads(receiver.answer(Incoming("GET", "/healthz", {}, b"", 0)).text)
    assert health == {"status": "ok", "own entries dropped": 2}
    assert deliver(receiver, entry()) == 204
    [told, _] = sorted(kept(store), reverse=True)
    assert (told[0], told[1], told[3]) == ("the-sink", "svcerrors._errors.SinkFed", 2)


def test_its_heartbeats_come_through(receiver):
    """They go to the parser like anyone's, which decides what they become."""
    assert not receiver.own.is_own(entry(HEARTBEAT, service="the-sink"))
    assert receiver.own.is_own(entry({"svcerrors": {"kind": "error"}}, service="the-sink"))
    assert not receiver.own.is_own(entry(service="another"))


@pytest.mark.parametrize("name", [{"a": "b"}, ["the-sink"], 1, None], ids=str)
def test_a_service_whose_name_is_no_text_is_somebody_elses(receiver, store, name):
    """Whoever publishes to the topic can say so; answered 500 it would come back for ever, and end each worker."""
    one = entry()
    one["resource"]["labels"]["service_name"] = name

    assert deliver(receiver, one) == 204
    assert len(kept(store)) + len(store.query("SELECT 1 AS one FROM service_errors_rejected").rows) == 1


def test_a_worker_pool_knows_its_own_entries():
    """Cloud Run names it in another variable, and its entries by another label."""
    own = Own(Settings.read({"CLOUD_RUN_WORKER_POOL": "the-pool", "SVCERRORS_WAREHOUSE": "bigquery:p.d"}))
    told = entry()
    told["resource"] = {"type": "cloud_run_worker_pool", "labels": {"worker_pool_name": "the-pool"}}

    assert own.is_own(told)
    assert not own.is_own(entry())


def test_a_call_of_its_heartbeat_writes_the_line_of_one(receiver, capfd):
    """A line of the log, so that it goes the way of every entry: the filter lets it through, and so does the sink."""
    answer = receiver.answer(Incoming("POST", "/heartbeat", {}, b"", 0))

    [line] = capfd.readouterr().out.splitlines()
    assert answer.status == 200
    told = json.loads(line)
    assert (told["severity"], told["message"]) == ("INFO", "heartbeat:svcerrors-sink succeeded")
    assert not receiver.own.is_own(entry({"svcerrors": told["svcerrors"]}, service="the-sink"))
    assert LETS_THROUGH(entry({"svcerrors": told["svcerrors"]}, severity="INFO", service="svcerrors-sink"))


def test_one_batch_drops_its_own_and_keeps_the_rest(receiver, store):
    """Each entry is looked at for itself; what was dropped is told in the same write."""
    both = b"\n".join(json.dumps(entry(service=name)).encode() for name in ("the-sink", "scores"))

    assert deliver(receiver, both) == 204
    assert [row[:2] for row in kept(store)] == [("scores", "ValueError"), ("the-sink", "svcerrors._errors.SinkFed")]


def test_an_outage_is_told_by_lines_and_then_by_one_row(receiver, flaky, store, capfd):
    """While the warehouse is away the log says so; with the next write that it takes goes a row with the count."""
    flaky.away = 3
    one = entry()

    assert [deliver(receiver, one) for _ in range(5)] == [503, 503, 503, 204, 204]
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["severity"], line["message"]) for line in lines] == [("ERROR", "svcerrors sink: away: wait")] * 3
    assert kept(store) == [
        ("scores", "ValueError", "no total", 1, "scores-00001-abc"),
        ("the-sink", "svcerrors._errors.WarehouseUnavailable", "away: wait", 3, "the-sink-00002-x"),
    ]


def test_a_bug_in_a_write_is_a_line_with_its_traceback_and_then_a_row(receiver, flaky, store, capfd, monkeypatch):
    """It is answered 503 as an outage is, for the rows are not stored; the log says what it was."""
    insert = flaky.insert
    monkeypatch.setattr(flaky, "insert", lambda *_: {}["message"])
    one = entry()

    assert deliver(receiver, one) == 503
    [line] = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert (line["severity"], line["error_type"], line["rows"]) == ("ERROR", "KeyError", 1)
    assert "in insert" in line["stack_trace"]
    monkeypatch.setattr(flaky, "insert", insert)
    assert deliver(receiver, one) == 204
    assert [row[:4] for row in kept(store)] == [
        ("scores", "ValueError", "no total", 1),
        ("the-sink", "KeyError", "'message'", 1),
    ]


def test_a_bug_in_the_parser_brings_no_message_back_for_ever(receiver, store, monkeypatch, capfd):
    """Its bytes are in quarantine, and the bug is a row under the sink's name, with its traceback."""
    parse = logs.parse

    def broken(one, **options):
        if one["resource"]["labels"]["service_name"] == "odd":
            raise ZeroDivisionError("a bug")
        return parse(one, **options)

    monkeypatch.setattr(logs, "parse", broken)

    assert deliver(receiver, entry(service="odd")) == 204
    [(reason, raw)] = store.query("SELECT reason, raw FROM service_errors_rejected").rows
    assert reason == "a bug of svcerrors: ZeroDivisionError"
    assert json.loads(raw)["resource"]["labels"]["service_name"] == "odd"
    assert [row[:3] for row in kept(store)] == [("the-sink", "ZeroDivisionError", "a bug")]
    assert "in broken" in json.loads(capfd.readouterr().out)["stack_trace"]
