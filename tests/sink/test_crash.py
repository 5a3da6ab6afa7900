"""The sink's process ends, by force or as asked, under load: what it acknowledged is stored."""

import http.client
import random
import threading
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from support.entries import entry, push
from support.faulty_bigquery import faulty
from support.processes import SERVERS, post, start_sink
from svcerrors.ops.local.ports import free_port
from svcerrors.warehouse import open_warehouse

SENDERS = 6
KILLS = 3


class Sender:
    """Publishes messages, and delivers each again until it is acknowledged, as Pub/Sub does.

    Args:
        url: Where the sink listens, if it runs.
    """

    def __init__(self, url):
        self._url = url
        self._stopped, self._given_up = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(SENDERS)
        self.published, self.acknowledged, self.failed = [], [], 0

    def __enter__(self):
        self._running = [self._pool.submit(self._send) for _ in range(SENDERS)]
        return self

    def __exit__(self, kind, *_):
        self._stopped.set()
        if kind:
            self._given_up.set()
        for one in self._running:
            one.result()
        self._pool.shutdown()

    def _send(self):
        while not self._stopped.is_set():
            one = entry()
            self.published.append(one["insertId"])
            while not self._is_taken(push(one)):
                if self._given_up.is_set():
                    return
                self.failed += 1
                time.sleep(0.01)
            self.acknowledged.append(one["insertId"])

    def _is_taken(self, body):
        try:
            return post(self._url, body)[0] == 204
        except (urllib.error.URLError, OSError, http.client.HTTPException):
            return False


def stored(where):
    rows = open_warehouse(where).query("SELECT insert_id, COUNT(*) FROM service_errors_unique GROUP BY 1").rows
    return dict(rows)


@pytest.fixture
def started():
    """Start sinks that end with the test."""
    with ExitStack() as ending:

        def start(where, server, **more):
            sink = start_sink(where, server, **more)
            ending.callback(sink.kill)
            return sink

        yield start


@pytest.mark.parametrize(("server", "collapse"), [*((server, "") for server in SERVERS), ("uvicorn", "1")])
def test_kill_9_loses_nothing_that_was_acknowledged(server, collapse, tmp_path, started):
    """At random moments under load: what was acknowledged is there at that moment, what was not comes again."""
    where, how = f"duckdb:{tmp_path}/w", {"port": free_port()}
    how["env"] = {"SVCERRORS_CONCURRENCY": "20", "SVCERRORS_COLLAPSE": collapse}
    open_warehouse(where).apply()
    sink = started(where, server, **how)
    with Sender(sink.url) as sender:
        for _ in range(KILLS):
            enough = len(sender.acknowledged) + random.randint(1, 60)  # noqa: S311  # a moment, not a secret
            while len(sender.acknowledged) < enough:
                time.sleep(0.001)
            sink.kill()
            acknowledged = list(sender.acknowledged)
            assert set(acknowledged) <= stored(where).keys()
            sink = started(where, server, **how)

    assert sender.failed
    assert sorted(sender.acknowledged) == sorted(sender.published)
    assert stored(where) == dict.fromkeys(sender.published, 1)
    storms = open_warehouse(where).query("SELECT COUNTIF(occurrences > 1) FROM service_errors").rows[0][0]
    assert bool(storms) == bool(collapse)


@pytest.mark.parametrize("server", SERVERS)
def test_sigterm_writes_what_was_taken_and_refuses_the_rest(server, started):
    """What was in flight is written and answered, the process ends by itself, and the rest comes again."""
    with faulty(delay=0.3) as bigquery:

        def ids():
            return {row["insert_id"] for row in bigquery.rows["service_errors"]}

        how = {"port": free_port(), "env": {"BIGQUERY_EMULATOR_HOST": bigquery.host}}
        sink = started("bigquery:p.d", server, **how)
        with Sender(sink.url) as sender:
            while len(bigquery.requests) < KILLS:
                time.sleep(0.001)
            before = len(sender.acknowledged)
            sink.process.terminate()
            code = sink.process.wait(10)
            acknowledged = list(sender.acknowledged)
            assert set(acknowledged) <= ids()
            assert len(acknowledged) > before
            started("bigquery:p.d", server, **how)

        assert code in {0, -15}
        assert "Traceback" not in sink.output()
        assert set(sender.published) == ids()
