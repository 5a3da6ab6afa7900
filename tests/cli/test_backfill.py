"""The command line, run as a user runs it: backfill."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from support.entries import entry, push
from support.entries_list import serving
from support.processes import CLEAN, post, running_sink, svcerrors
from svcerrors.warehouse import open_warehouse

NOW = datetime.now(UTC)


def at(minutes_ago):
    return f"{NOW - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M:%S.%f}789Z"


def failures(count):
    return [entry(f"ERROR:root:failure {n}", at=at(600 - n)) for n in range(count)]


def command(server, folder, *more):
    return (
        "backfill",
        "--since",
        "1d",
        "--project",
        "p",
        "--endpoint",
        server.url,
        "--warehouse",
        f"duckdb:{folder}",
        *more,
    )


def test_a_window_becomes_rows_and_one_line_says_how_many(tmp_path):
    """Off a terminal there is no bar."""
    with serving(failures(15)) as server:
        done = svcerrors(*command(server, tmp_path / "w"))

    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"15 entries gave 15 rows of service_errors; see `svcerrors groups`\n"


def test_killed_it_goes_on_where_it_was(tmp_path):
    """kill -9 after three of six pages: the same command asks for the rest, and every failure counts once."""
    folder = tmp_path / "w"
    with serving(failures(60)) as server:
        first = subprocess.Popen(
            [sys.executable, "-m", "svcerrors", *command(server, folder)], env=CLEAN, stderr=subprocess.DEVNULL
        )
        while len(server.requests) < 4:
            assert first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait()
        asked = len(server.requests)
        done = svcerrors(*command(server, folder))

        assert b"goes on at " in done.stderr
        assert done.returncode == 0
        assert server.requests[asked]["filter"].splitlines()[0] > server.requests[0]["filter"].splitlines()[0]
        assert len(server.requests) - asked <= 4
    found = open_warehouse(f"duckdb:{folder}").query("SELECT error_message, occurrences FROM incidents").rows
    assert sorted(found) == sorted((f"failure {n}", 1) for n in range(60))
    assert list(folder.glob("backfill-*")) == []


def columns(store, table):
    found = store.query(f"SELECT * EXCEPT (source, inserted_at) FROM {table}")  # noqa: S608  # names of ours
    return sorted(repr(row) for row in found.rows)


def test_the_rows_are_those_of_the_live_sink(tmp_path):
    """The same entries by push and by backfill: every column is the same, but when and how they came."""
    resource = {"type": "cloud_scheduler_job", "labels": {"job_id": "nightly", "location": "l", "project_id": "p"}}
    finished = {"@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished", "url": "https://x/y"}
    entries = [
        entry(at=at(5), labels={"instanceId": "i", "é": "ü"}, trace="projects/p/traces/" + "a" * 32, spanId="b" * 16),
        entry("Container called exit(1).", at=at(4), log="varlog%2Fsystem", severity="WARNING"),
        entry({"message": "boom", "level": "error", "n": 5, "x": 1.5}, at=at(3), severity="ERROR"),
        entry(
            at=at(2),
            log="requests",
            httpRequest={"status": 503, "requestUrl": "https://x/y?z", "latency": "1.5s", "requestSize": "754"},
        ),
        {
            **entry(finished, at=at(1), severity="INFO"),
            "resource": resource,
            "logName": "projects/p/logs/cloudscheduler.googleapis.com%2Fexecutions",
        },
    ]
    live, past = (open_warehouse(f"duckdb:{tmp_path / name}") for name in ("live", "past"))
    live.apply()
    with running_sink(f"duckdb:{tmp_path / 'live'}") as url:
        assert [post(url, push(one))[0] for one in entries] == [204] * 5
    with serving(entries) as server:
        assert svcerrors(*command(server, tmp_path / "past")).returncode == 0

    for table in ("service_errors", "service_runs"):
        assert columns(live, table) == columns(past, table)
    assert len(columns(past, "service_errors")) == 4
    assert len(columns(past, "service_runs")) == 1
    assert past.query("SELECT DISTINCT source FROM service_errors").rows == [("backfill",)]


def test_a_terminal_shows_a_bar(tmp_path):
    """On standard error, with how many entries gave how many rows."""
    ours, theirs = pty.openpty()
    with serving(failures(15)) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "svcerrors", *command(server, tmp_path / "w")],
            env={**CLEAN, "TERM": "xterm"},
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is gone
            while more := os.read(ours, 65_536):
                shown += more
        process.wait()
    os.close(ours)
    assert "━" in shown.decode("utf-8", "replace")
    assert b"15 entries, 15 rows of errors" in shown


WRONG = {
    "no project": (("backfill",), 2, "which project? Give --project, or set GOOGLE_CLOUD_PROJECT"),
    "no span": (
        ("backfill", "--project", "p", "--since", "soon"),
        2,
        "'soon' is no span of time: give 90m, 12h or 30d",
    ),
    "no resource": (("backfill", "--resource", "x"), 2, "'x' is no resource: give projects/P"),
    "no server": (
        ("backfill", "--project", "p", "--endpoint", "https://127.0.0.1:1"),
        1,
        "no credentials: are there credentials? `gcloud auth application-default login`",
    ),
}


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_one_line(tmp_path, arguments, code, words):
    """And what to do next."""
    nowhere = {"HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path), "NO_GCE_CHECK": "true"}
    done = svcerrors(*arguments, cwd=tmp_path, env=nowhere)

    assert done.returncode == code
    [line] = done.stderr.decode().splitlines()
    assert words in line


def test_a_project_that_may_not_be_read_is_one_line(tmp_path):
    """Exit 1; no journal is left, because nothing was read."""
    with serving() as server:
        server.schedule.append(403)
        done = svcerrors(*command(server, tmp_path / "w"))

    assert done.returncode == 1
    assert done.stderr.decode() == (
        "svcerrors: Cloud Logging, projects/p: answered 403: give the account roles/logging.viewer there, "
        "and enable logging.googleapis.com\n"
    )
    assert json.loads((tmp_path / "w" / "applied.json").read_text())
    assert list((tmp_path / "w").glob("backfill-*")) == []
