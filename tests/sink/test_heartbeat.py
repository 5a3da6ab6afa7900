"""A heartbeat on its whole path: asked for by a schedule, a line of the sink's log, routed, pushed, and a row."""

import json
import time

import pytest

from support.bqemulator import serving
from support.logfilter import Filter
from support.processes import post, start_sink
from support.pubsub_emulator import running_pubsub
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.lines import payload
from svcerrors.warehouse import open_warehouse

LETS_THROUGH = Filter(inclusion_filter())
SINK = Identity("svcerrors-sink", revision="svcerrors-sink-00001-abc")


def routed(sink):
    """Return the sink's lines as the log entries that the Log Router lets through."""
    lines = [payload(line) for line in sink.output().splitlines()]
    entries = [SINK.entry("run.googleapis.com%2Fstdout", one, time.time_ns()) for one in lines]
    return [one for one in entries if LETS_THROUGH(one)]


@pytest.mark.timeout(180)
def test_a_heartbeat_goes_the_whole_path(tmp_path, monkeypatch):
    """Of all that the sink says of itself it alone comes back, by Pub/Sub's emulator into BigQuery's."""
    (tmp_path / "home").mkdir()
    with serving(tmp_path / "home") as host, running_pubsub(tmp_path) as pubsub:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", host)
        store = open_warehouse("bigquery:test.beats")
        store.apply()
        here = {"BIGQUERY_EMULATOR_HOST": host, **SINK.environment(0)}
        sink = start_sink("bigquery:test.beats", env=here)
        try:
            pubsub.create("beats", f"{sink.url}/")
            assert [post(f"{sink.url}/heartbeat", b"")[0] for _ in range(2)] == [200, 200]
            entries = routed(sink)
            pubsub.publish("beats", [json.dumps(one).encode() for one in entries])
            query = "SELECT run_name, status, service_name, revision, insert_id FROM service_runs_unique"
            rows = awaited(store, query, 2)
        finally:
            sink.kill()

    told = ("heartbeat:svcerrors-sink", "succeeded", "svcerrors-sink", "svcerrors-sink-00001-abc")
    assert len(sink.output().splitlines()) > len(entries) == 2
    assert sorted(rows) == sorted((*told, one["insertId"]) for one in entries)


def awaited(store, query, count):
    """Return the rows of a query once they are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(rows := store.query(query).rows) == count:
            return rows
        time.sleep(0.2)
    raise AssertionError(rows)
