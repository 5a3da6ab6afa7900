"""Rows by the Storage Write API, into a gRPC server of our own that closes, aborts, refuses, hangs, drops answers."""

import json
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from support.faulty_storage import faulty_storage
from svcerrors._errors import UsageError, WarehouseRefused, WarehouseUnavailable
from svcerrors.warehouse import _appender, _patience, _requests, _storage_write, open_warehouse

WHERE = "bigquery+storage:p.d"
FRAME = {"module": "main", "function": "f", "file": "main.py", "line": 7, "code": "f()", "in_app": True}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(_patience, "_PAUSE", 0.01)


@pytest.fixture
def server(monkeypatch):
    with faulty_storage() as running:
        monkeypatch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", running.host)
        yield running


@pytest.fixture
def store(server):  # noqa: ARG001  # it must run
    return open_warehouse(WHERE)


def ids(server):
    return [row["error_id"] for row in server.rows["service_errors"]]


def test_a_row_arrives_as_it_was_given(store, server, error):
    """Records, repeated ones, times as microseconds, JSON as text, and nothing where there is nothing."""
    row = error(
        received_at="2026-01-25T15:02:03.5+01:00",
        frames=[FRAME, {"function": "g"}],
        causes=[{"error_type": "KeyError", "error_message": "'x'", "relation": "cause"}],
        http_request={"method": "GET", "status": 500, "latency_ms": 1.5},
        event={"id": "e", "delivery_attempt": 2},
        handled=False,
        error_message="",
        labels='{"game_date": "2026-01-25"}',
        trace=None,
    )

    store.insert("service_errors", [row])

    want = {name: value for name, value in row.items() if value is not None}
    # MessageToDict tells a 64-bit integer as text.
    want |= {"error_timestamp": "1769349723123456", "received_at": "1769349723500000", "occurrences": "1"}
    want["frames"] = [{**FRAME, "line": "7"}, {"function": "g"}]
    want["http_request"] = {**row["http_request"], "status": "500"}
    want["event"] = {"id": "e", "delivery_attempt": "2"}
    assert server.rows["service_errors"] == [want]


def test_the_errors_of_a_storm_arrive(store, server, error):
    """Records in a repeated record, with times and JSON of their own."""
    member = {
        "error_id": "m",
        "error_timestamp": "2026-01-25T14:02:03.123456Z",
        "error_message": "no total",
        "occurrences": 1,
        "http_request": {"status": 500, "latency_ms": 0.5},
        "event": {"id": "e"},
        "labels": '{"n": 1}',
    }

    store.insert("service_errors", [error(occurrences=2, members=[member, {**member, "error_id": "n"}])])

    [row] = server.rows["service_errors"]
    want = {**member, "error_timestamp": "1769349723123456", "occurrences": "1"}
    want["http_request"] = {"status": "500", "latency_ms": 0.5}
    assert row["members"] == [want, {**want, "error_id": "n"}]


def test_bytes_arrive_as_bytes(store, server):
    """What the quarantine holds is not its base64."""
    store.insert("service_errors_rejected", [{"rejected_at": "2026-01-25T00:00:00Z", "reason": "r", "raw": "aGk="}])
    assert server.rows["service_errors_rejected"][0]["raw"] == "aGk="


def test_one_stream_for_each_table_whoever_writes(store, server, error):
    """Threads share it, and their appends do not wait for each other's answers."""
    server.delay = 0.05
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.insert("service_errors", [error()]), range(40)))
    store.insert("service_errors_rejected", [{"rejected_at": "2026-01-25T00:00:00Z", "reason": "r", "raw": ""}])
    assert (server.streams, len(set(ids(server)))) == (2, 40)


@pytest.mark.parametrize("fault", ["closed", "aborted", "unknown", "unavailable", "exhausted", "says internal"])
def test_what_may_pass_is_tried_again_on_a_new_stream(store, server, error, fault):
    """python-bigquery-storage#593, #315: the client does not, so we do."""
    server.schedule.extend([fault, fault])
    row = error()
    store.insert("service_errors", [row])
    assert ids(server) == [row["error_id"]]
    assert len(server.appends) == 3


def test_a_stream_that_was_closed_while_idle_is_opened_again(monkeypatch, error):
    """python-bigquery#2359: BigQuery closes it after ten minutes; nobody who writes then sees that."""
    with faulty_storage(idle=0.1) as server:
        monkeypatch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", server.host)
        store = open_warehouse(WHERE)
        for _ in range(3):
            store.insert("service_errors", [error()])
            time.sleep(0.4)
    assert (server.streams, server.appends) == (3, [1, 1, 1])


@pytest.mark.parametrize("fault", ["commit, then closed", "commit, then aborted", "commit, then unknown"])
def test_an_answer_that_was_lost_stores_a_row_twice_under_one_id(store, server, error, fault):
    """The default stream drops nothing that it was given before; the views do, by this id."""
    server.schedule.append(fault)
    row = error()
    store.insert("service_errors", [row])
    assert ids(server) == [row["error_id"]] * 2


@pytest.mark.parametrize("fault", ["hang", "commit, then hang"])
def test_a_server_that_hangs_is_given_up(store, server, error, fault, monkeypatch):
    """After ANSWER_SECONDS, once; the next insert goes over a new stream."""
    monkeypatch.setattr(_appender, "ANSWER_SECONDS", 0.2)
    server.hang = 1.0
    server.schedule.append(fault)
    began = monotonic()
    with pytest.raises(WarehouseUnavailable, match=r"no answer within 0\.2 s"):
        store.insert("service_errors", [error()])
    assert monotonic() - began < 1.0
    store.insert("service_errors", [error()])
    assert server.streams == 2


def test_it_ends_before_an_ack_deadline():
    """The longest that one batch takes."""
    assert _patience.RETRY_SECONDS + _appender.ANSWER_SECONDS < 10


def test_nobody_listens(monkeypatch, error):
    """A closed port is tried for RETRY_SECONDS, and the rows may come again."""
    monkeypatch.setattr(_patience, "RETRY_SECONDS", 0.2)
    monkeypatch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", "127.0.0.1:9")
    with pytest.raises(WarehouseUnavailable, match="UNAVAILABLE"):
        open_warehouse(WHERE).insert("service_errors", [error()])


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("not found", WarehouseUnavailable, "NOT_FOUND: Requested entity was not found; run `svcerrors apply`"),
        ("says not found", WarehouseUnavailable, "told so; run `svcerrors apply`"),
        ("denied", WarehouseUnavailable, "denied; give this account roles/bigquery.dataEditor"),
        ("says too large", WarehouseRefused, "AppendRows request too large"),
    ],
)
def test_what_does_not_pass_within_seconds_is_asked_once(store, server, error, fault, kind, said):
    """For ever or for now, in one line that says what to do."""
    server.schedule.append(fault)
    with pytest.raises(kind, match=said):
        store.insert("service_errors", [error()])
    assert len(server.appends) == 1


def test_it_says_which_rows_are_to_blame(store, server, error):
    """BigQuery stores none of the batch, and names the bad ones."""
    rows = [error(), error(error_message="poison"), error(), error(error_message="poison")]
    with pytest.raises(WarehouseRefused, match="service_errors, row 2: it is so") as caught:
        store.insert("service_errors", rows)
    assert (dict(caught.value.rows), ids(server)) == ({1: "it is so", 3: "it is so"}, [])


def test_fields_that_the_table_has_not_got_go_into_labels(store, server, error):
    """Before a new column is there, at once; and once it is there, the stream is told, and the column is written."""
    server.unknown = {"release", "http_request.remote_ip"}
    row = error(release="7", http_request={"method": "GET", "remote_ip": "1.2.3.4"}, labels='{"a": 1}')

    store.insert("service_errors", [row])
    before = server.rows["service_errors"].pop()
    server.unknown = set()
    store.insert("service_errors", [error(release="8")])  # its answer tells that the table has grown
    server.rows["service_errors"].clear()
    store.insert("service_errors", [error(release="9")])

    assert json.loads(before["labels"]) == {"a": 1, "release": "7", "http_request.remote_ip": "1.2.3.4"}
    assert before["http_request"] == {"method": "GET"}
    assert "release" not in before
    [after] = server.rows["service_errors"]
    assert (after["release"], "labels" in after) == ("9", False)


def test_many_rows_are_several_appends(store, server, error, monkeypatch):
    """By the bytes that they are as protocol buffers, measured before."""
    monkeypatch.setattr(_storage_write, "MAX_BYTES", 100_000)
    store.insert("service_errors", [error(stack_trace="x" * 30_000) for _ in range(7)])
    assert server.appends == [3, 3, 1]


def test_a_row_that_is_too_large_is_not_sent(store, server, error, monkeypatch):
    """It is refused by name."""
    monkeypatch.setattr(_requests, "MAX_ROW_BYTES", 1_000)
    with pytest.raises(WarehouseRefused, match="more than the 1000") as caught:
        store.insert("service_errors", [error(), error(stack_trace="x" * 1_000)])
    assert (list(caught.value.rows), server.appends) == ([1], [])


def test_a_forked_process_opens_a_stream_of_its_own(server, error):
    """Nothing of grpc is made before the fork, so that each process makes its own."""
    store = open_warehouse(WHERE)
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=store.insert, args=("service_errors", [error()])) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    assert ([child.exitcode for child in children], server.streams, len(ids(server))) == ([0, 0], 2, 2)


def test_an_emulator_of_half_of_bigquery_is_refused(monkeypatch, error):
    """Rows must not go to Google while all else goes to an emulator."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.delenv("BIGQUERY_STORAGE_EMULATOR_HOST", raising=False)
    with pytest.raises(UsageError, match="set BIGQUERY_STORAGE_EMULATOR_HOST=HOST:PORT, too"):
        open_warehouse(WHERE).insert("service_errors", [error()])
