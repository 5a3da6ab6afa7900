"""What the sink cannot store itself a monitoring policy reads: lines of a real sink that fails, and of its platform."""

import json
import os
import signal
import subprocess
import time
import urllib.error
from pathlib import Path

import pytest

from support.entries import entry, push
from support.logfilter import Filter
from support.processes import post, start_sink
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.lines import payload
from svcerrors.warehouse import open_warehouse

POLICY = Path(__file__).parents[2] / "sink_function" / "policies" / "sink-errors.json"
SINK = Identity("svcerrors-sink", revision="svcerrors-sink-00001-abc")


@pytest.fixture(scope="module")
def alerts():
    [condition] = json.loads(POLICY.read_text("utf-8"))["conditions"]
    return Filter(condition["conditionMatchedLog"]["filter"])


def entries(output):
    """Return lines as Cloud Logging has them."""
    return [SINK.entry("run.googleapis.com%2Fstderr", payload(line), time.time_ns()) for line in output.splitlines()]


def workers(process):
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    return [int(line) for line in found.stdout.split()]


def test_a_killed_worker_is_seen_and_another_takes_over(alerts, tmp_path):
    """As the kernel kills one for its memory: what it held was not acknowledged, and its master says so in a line."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    sink = start_sink(where)
    try:
        before = [one for one in entries(sink.output()) if alerts(one)]
        for worker in workers(sink.process):
            os.kill(worker, signal.SIGKILL)
        assert acknowledged(sink.url)
        told = [one["textPayload"] for one in entries(sink.output()) if alerts(one)]
    finally:
        sink.kill()

    assert before == []
    assert len(told) == 1
    assert "was sent SIGKILL" in told[0]


def acknowledged(url):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return post(url, push(entry()))[0] == 204
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def test_a_warehouse_that_is_away_is_seen(alerts, tmp_path):
    """Each write that failed is a line, and the policy reads it."""
    sink = start_sink(f"duckdb:{tmp_path}/never-applied")
    try:
        assert post(sink.url, push(entry()))[0] == 503
        told = [one["jsonPayload"]["message"] for one in entries(sink.output()) if alerts(one)]
    finally:
        sink.kill()

    assert len(told) == 1
    assert "no warehouse at duckdb:" in told[0]


@pytest.mark.parametrize(
    ("severity", "text", "is_seen"),
    [
        ("ERROR", "Memory limit of 512 MiB exceeded with 520 MiB used. Consider increasing the memory limit.", True),
        ("WARNING", "Container terminated on signal 9.", True),
        ("WARNING", "Container called exit(1).", True),
        ("DEFAULT", 'Traceback (most recent call last):\n  File "/workspace/main.py", line 3, in <module>', True),
        ("DEFAULT", "[2026-01-25 14:02:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:4)", True),
        ("DEFAULT", "[2026-01-25 14:02:00 +0000] [1] [INFO] Booting worker with pid: 4", False),
        ("INFO", "Default STARTUP TCP probe succeeded after 1 attempt for container.", False),
    ],
)
def test_what_the_platform_says_of_its_death_is_seen(alerts, severity, text, is_seen):
    """In the wordings that were captured; a start is none."""
    told = SINK.entry("run.googleapis.com%2Fvarlog%2Fsystem", {"textPayload": text}, time.time_ns())
    assert alerts({**told, "severity": severity}) == is_seen
