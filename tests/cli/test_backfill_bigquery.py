"""The command line, run as a user runs it: backfill into BigQuery's emulator, rows posted as the sink posts them."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from support.bqemulator import serving as emulating
from support.entries import entry, push
from support.entries_list import serving
from support.processes import CLEAN, post, running_sink, svcerrors
from svcerrors.warehouse import open_warehouse

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # to apply every view takes the emulator a while

NOW = datetime.now(UTC)


def at(minutes_ago):
    return f"{NOW - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M:%S.%f}789Z"


RESOURCE = {"type": "cloud_scheduler_job", "labels": {"job_id": "nightly", "location": "l", "project_id": "p"}}
FINISHED = {"@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished", "url": "https://x/y"}
ENTRIES = [
    entry(at=at(90), labels={"instanceId": "i", "é": "ü"}, trace="projects/p/traces/" + "a" * 32, spanId="b" * 16),
    entry("Container called exit(1).", at=at(80), log="varlog%2Fsystem", severity="WARNING"),
    entry({"message": "boom", "level": "error", "n": 5, "x": 1.5}, at=at(70), severity="ERROR"),
    entry(at=at(60), log="requests", httpRequest={"status": 503, "requestUrl": "https://x/y?z", "latency": "1.5s"}),
    {
        **entry(FINISHED, at=at(50), severity="INFO"),
        "resource": RESOURCE,
        "logName": "projects/p/logs/cloudscheduler.googleapis.com%2Fexecutions",
    },
    *(entry(f"ERROR:root:failure {n}", at=at(40 - n)) for n in range(25)),
]
"""A traceback, an exit, a plain line, an answer of 503, a sign of life, and two pages of errors."""


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """Return what a process needs to find the emulator, in which one dataset for each way was applied."""
    with emulating(tmp_path_factory.mktemp("bqemulator")) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", url)
        for name in ("live", "past"):
            open_warehouse(f"bigquery:test.{name}").apply()
        yield {"BIGQUERY_EMULATOR_HOST": url}


def command(server, dataset="past"):
    where = ("--endpoint", server.url, "--warehouse", f"bigquery:test.{dataset}")
    return ("backfill", "--since", "1d", "--project", "p", *where)


def columns(dataset, table):
    """Return each row once, as a reader of the views counts it."""
    found = open_warehouse(f"bigquery:test.{dataset}").query(f"SELECT * EXCEPT (source, inserted_at) FROM {table}")  # noqa: S608  # names of ours
    return sorted({repr(row) for row in found.rows})


def test_killed_and_done_again_it_stores_what_the_live_sink_stores(environ, tmp_path):
    """kill -9 after two of three pages, then the same command: the rows are those of the pushes, column by column."""
    with running_sink("bigquery:test.live", env=environ) as url:
        assert [post(url, push(one))[0] for one in ENTRIES] == [204] * len(ENTRIES)
    with serving(ENTRIES) as server:
        first = subprocess.Popen(
            [sys.executable, "-m", "svcerrors", *command(server)],
            env={**CLEAN, **environ},
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
        )
        while len(server.requests) < 3:
            assert first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait()
        asked = len(server.requests)
        done = svcerrors(*command(server), cwd=tmp_path, env=environ)

    assert (done.returncode, b"goes on at " in done.stderr) == (0, True), done.stderr.decode()
    assert server.requests[asked]["filter"].splitlines()[0] > server.requests[0]["filter"].splitlines()[0]
    for table in ("service_errors", "service_runs"):
        assert columns("past", table) == columns("live", table)
    assert len(columns("past", "service_errors")) == len(ENTRIES) - 1
    assert list(tmp_path.glob("**/backfill-*")) == []


def test_done_again_whole_it_counts_nothing_twice(environ, tmp_path):
    """What live and backfill have both seen is one incident each, whichever came first."""
    with serving(ENTRIES) as server:
        done = svcerrors(*command(server, "live"), cwd=tmp_path, env=environ)

    assert done.returncode == 0, done.stderr.decode()
    told = open_warehouse("bigquery:test.live").query(
        "SELECT error_message, occurrences FROM incidents WHERE error_message LIKE 'failure %' ORDER BY error_message"
    )
    assert told.rows == sorted((f"failure {n}", 1) for n in range(25))
