"""What is acknowledged is stored or in quarantine, and counts once, whatever BigQuery does."""

import base64
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.entries import entry, push
from support.faulty_bigquery import FAULTS, POISON, faulty
from svcerrors import logs
from svcerrors.sink.collapse import store_collapsed
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.held import Held
from svcerrors.sink.intake import Intake
from svcerrors.sink.intake import rows as rows_of
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import Incoming
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import _google_http, _patience, open_warehouse

ROUNDS = 60


def called(*what, **more):
    """Return an entry of a call of its own."""
    return entry(*what, trace=f"projects/p/traces/{os.urandom(16).hex()}", **more)


KINDS = {
    "error": lambda: [called()],
    "another error": lambda: [called("KeyError: 'x'")],
    "poison": lambda: [called(f"ValueError: {POISON}")],
    "nothing": lambda: [called("all is well", severity="INFO")],
    "junk": lambda: [os.urandom(9).hex().encode()],
    "batch": lambda: [called(), b"half a {" + os.urandom(9).hex().encode(), called(f"ValueError: {POISON}"), called()],
}


@pytest.fixture(scope="module")
def bigquery():
    """A faulty BigQuery, and a client of it that loses patience soon."""
    with pytest.MonkeyPatch.context() as patch, faulty(hang=0.3) as server:
        patch.setenv("BIGQUERY_EMULATOR_HOST", server.host)
        patch.setattr(_google_http, "READ_SECONDS", 0.1)
        patch.setattr(_patience, "RETRY_SECONDS", 0.1)
        patch.setattr(_patience, "_PAUSE", 0.01)
        yield server


@pytest.fixture(scope="module", params=[None, 1], ids=["each a row", "collapse"])
def receiver(bigquery, request):
    return Receiver(Settings(f"bigquery:p.d{bigquery.server_port}", collapse=request.param))


class Message:
    """One message: its push, the ids of the rows that it must become, and the bytes that must be in quarantine."""

    def __init__(self, kind):
        parts = KINDS[kind]()
        whole = b"\n".join(part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts)
        self.data, self.body = whole, push(whole)
        self.ids, self.raws = set(), set()
        for part in parts:
            if isinstance(part, bytes):
                self.raws.add(part)
            elif POISON in part["textPayload"]:
                self.raws.add(json.dumps(part).encode())
            else:
                self.ids.update(record.error_id for record in logs.parse(part))

    def missing(self, server):
        """Return what of it is nowhere; a row that BigQuery took for damaged may be in quarantine, too."""
        with server.lock:
            stored = {one["error_id"] for row in server.rows["service_errors"] for one in row.get("members", [row])}
            kept = {base64.b64decode(row["raw"]) for row in server.rows["service_errors_rejected"]}
        kept_ids = {record.error_id for raw in kept for record in readable(raw)}
        return (self.ids - stored - kept_ids) | (self.raws - kept)


def readable(raw):
    try:
        return [one for one in logs.parse(json.loads(raw)) if isinstance(one, logs.ErrorRecord)]
    except ValueError:
        return []


def pushed(receiver, server, message):
    """Deliver once; tell whether it was acknowledged, and fail where that was untrue at that moment."""
    status = receiver.answer(Incoming("POST", "/", {}, message.body, len(message.body))).status
    assert status in {204, 429, 503}
    if status == 204:
        assert message.missing(server) == set()
    return status == 204


class Pulled:
    """One delivery of a message to a worker that pulls; it notes, when it is acknowledged, what is nowhere then."""

    message_id, attributes, publish_time = "17", {"a": "b"}, datetime.now(UTC)

    def __init__(self, server, message):
        self._server, self._message, self.data = server, message, message.data
        self.missing, self.over = None, threading.Event()

    def ack(self):
        self.missing = self._message.missing(self._server)
        self.over.set()

    def nack(self):
        self.over.set()


def pulled(receiver, server, message):
    """Deliver it so."""
    held, one = Held(receiver, Metrics(receiver)), Pulled(server, message)
    held.take(one)
    while not one.over.wait(0.01):
        held.give_back(0.0)
    assert not one.missing
    return one.missing is not None


def counted(rows, folder):
    """Return the errors that the views tell of the rows that BigQuery holds, and how many the incidents count."""
    store = open_warehouse(f"duckdb:{folder}")
    store.apply()
    store.insert("service_errors", rows)
    names = store.query("SELECT error_id FROM service_errors_unique WHERE service_name = 'scores'").rows
    [(times,)] = store.query("SELECT SUM(occurrences) FROM incidents WHERE service_name = 'scores'").rows
    return sorted(name for (name,) in names), times


@pytest.mark.parametrize("deliver", [pushed, pulled])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(sorted(FAULTS)), max_size=15),
    st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=15),
)
@example(sorted(FAULTS), ["error", "batch", "poison"] * 4)
@example(["commit, then reset"] * 9, ["error"] * 15)
@example(["rows: a column of tomorrow"] * 15, ["error"] * 15)
@example(["413", "400"] * 5, ["error", "junk", "batch"])
def test_acknowledged_is_stored_or_in_quarantine_and_counts_once(
    bigquery, receiver, tmp_path_factory, deliver, schedule, kinds
):
    """For any schedule of faults, at the moment of each acknowledgement; and all is acknowledged in the end."""
    bigquery.reset(schedule)
    waiting = [Message(kind) for kind in kinds]
    ids = set().union(*(message.ids for message in waiting))
    with ThreadPoolExecutor(8) as pool:
        for _ in range(ROUNDS):
            done = list(pool.map(lambda message: deliver(receiver, bigquery, message), waiting))
            waiting = [message for message, is_done in zip(waiting, done, strict=True) if not is_done]
            if not waiting:
                break

    assert not waiting
    stored = {one["error_id"] for row in scores(bigquery) for one in row.get("members", [row])}
    assert stored <= ids
    if stored:
        assert counted(scores(bigquery), tmp_path_factory.mktemp("w")) == (sorted(stored), len(stored))


def scores(server):
    return [row for row in server.rows["service_errors"] if row["service_name"] == "scores"]


def test_a_storm_is_written_apart_while_bigquery_does_not_know_its_column(bigquery):
    """In `labels` its errors would count as one; and whoever never ran `apply` loses nothing either."""
    bigquery.reset(["rows: a column of tomorrow"] * 20)
    store = open_warehouse(f"bigquery:p.d{bigquery.server_port}")
    storm = [row for _ in range(5) for row in rows_of(Delivery(b"", called()), "live")]

    assert store_collapsed(store, storm, Intake(store).set_aside, 3.0, 1) == [None] * 5
    assert {row["error_id"] for row in scores(bigquery)} == {row.columns["error_id"] for row in storm}
    assert not any("members" in row for row in scores(bigquery))
    assert bigquery.rows["service_errors_rejected"] == []
