"""The sink that writes by the Storage Write API: what it acknowledges is stored or in quarantine, and counts once."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.entries import entry, push
from support.faulty_bigquery import POISON
from support.faulty_storage import FAULTS, faulty_storage
from support.processes import SERVERS, post, running_sink
from svcerrors import logs
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import Incoming
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import _appender, _patience, open_warehouse

ROUNDS = 60
WHERE = "bigquery+storage:p.d"
KINDS = {"error": entry, "poison": lambda: entry(f"ValueError: {POISON}"), "junk": lambda: b"half a {line"}


@pytest.fixture(scope="module")
def server():
    with pytest.MonkeyPatch.context() as patch, faulty_storage(hang=0.3) as running:
        patch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", running.host)
        patch.setattr(_appender, "ANSWER_SECONDS", 0.1)
        patch.setattr(_patience, "RETRY_SECONDS", 0.1)
        patch.setattr(_patience, "_PAUSE", 0.01)
        yield running


@pytest.fixture(scope="module")
def receiver(server):  # noqa: ARG001  # it must run
    return Receiver(Settings(WHERE))


def kept(server):
    """Return the ids that are stored, and the bytes in quarantine."""
    with server.lock:
        stored = [row["error_id"] for row in server.rows["service_errors"]]
        return stored, {base64.b64decode(row["raw"]) for row in server.rows["service_errors_rejected"]}


def is_kept(server, message):
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    stored, quarantine = kept(server)
    wanted = [] if isinstance(message, bytes) else [record.error_id for record in logs.parse(message)]
    return raw in quarantine or (bool(wanted) and set(wanted) <= set(stored))


def deliver(receiver, server, message):
    """Deliver once; tell whether it was acknowledged, and fail where that was untrue at that moment."""
    body = push(message)
    status = receiver.answer(Incoming("POST", "/", {}, body, len(body))).status
    assert status in {204, 429, 503}
    assert status != 204 or is_kept(server, message)
    return status == 204


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(sorted(FAULTS)), max_size=15),
    st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=12),
)
@example(sorted(FAULTS), ["error", "junk", "poison"] * 4)
@example(["commit, then unknown"] * 9, ["error"] * 12)
def test_acknowledged_is_stored_or_in_quarantine_and_counts_once(server, receiver, tmp_path_factory, schedule, kinds):
    """For any schedule of faults, at the moment of each acknowledgement; and all is acknowledged in the end."""
    server.reset(schedule)
    waiting = [KINDS[kind]() for kind in kinds]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(ROUNDS):
            done = list(pool.map(lambda message: deliver(receiver, server, message), waiting))
            waiting = [message for message, is_done in zip(waiting, done, strict=True) if not is_done]
            if not waiting:
                break

    assert not waiting
    stored = set(kept(server)[0])
    if stored:
        assert sorted(counted(server, tmp_path_factory.mktemp("w"))) == sorted((one, 1) for one in stored)


def counted(server, folder):
    """Return how often the view counts each error of the rows that BigQuery holds."""
    store = open_warehouse(f"duckdb:{folder}")
    store.apply()
    columns = ("error_id", "service_name", "error_type", "error_message", "error_category", "severity", "fingerprint")
    times = {"error_timestamp": "2026-01-25T00:00:00Z", "occurrences": 1}
    rows = [{**{name: row.get(name, "") for name in columns}, **times} for row in server.rows["service_errors"]]
    store.insert("service_errors", rows)
    return store.query("SELECT error_id, COUNT(*) FROM service_errors_unique GROUP BY 1").rows


@pytest.mark.parametrize("kind", SERVERS)
def test_a_real_sink_writes_by_it(kind):
    """Chosen by the warehouse's address alone, under either server."""
    with faulty_storage() as running:
        environ = {"BIGQUERY_STORAGE_EMULATOR_HOST": running.host, "K_SERVICE": "svcerrors-sink"}
        with running_sink(WHERE, kind, env=environ) as url:
            statuses = [post(url, push(entry()))[0] for _ in range(3)]
        stored, _ = kept(running)
    assert (statuses, len(set(stored)), running.streams) == ([204] * 3, 3, 1)
