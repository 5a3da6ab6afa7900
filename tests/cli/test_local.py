"""The chain on one machine, run as a user runs it: demo and dev."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.processes import CLEAN, svcerrors


def rows(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo, played once into a warehouse of its own."""
    where = f"duckdb:{tmp_path_factory.mktemp('demo')}/w"
    done = svcerrors("demo", "--warehouse", where, env={"COLUMNS": "240"}, timeout=110)
    assert done.returncode == 0, done.stderr.decode()
    return where, done.stdout.decode()


@pytest.mark.timeout(120)
def test_the_orchestrators_row_names_the_module_and_who_asked_for_it(demo):
    """The founding incident: the type, the missing module, the file and line."""
    found = svcerrors(
        "query",
        "SELECT error_type, error_message, culprit, symptoms, is_startup FROM incidents "
        "WHERE service_name = 'phase3-to-phase4'",
        "--warehouse",
        demo[0],
    )

    [row] = rows(found)
    assert row["error_type"] == "ModuleNotFoundError"
    assert row["error_message"] == "No module named 'shared.utils'"
    assert row["culprit"] == "orchestration/shared/utils/bigquery_utils.py:23 in <module>"
    assert set(row["symptoms"]) >= {"ContainerExit", "ProbeFailed", "HttpStatus503"}
    assert row["is_startup"]


def test_its_alert_fires_and_says_it_all(demo):
    """Since when, which revision, which import, asked for by whom, and the last good revision."""
    titles = [
        row["title"] for row in rows(svcerrors("alerts", "--warehouse", demo[0])) if row["rule"] == "startup_failure"
    ]

    assert any(
        re.fullmatch(
            r"phase3-to-phase4 cannot start since \d\d:\d\d \(rev 00031\): No module named 'shared\.utils', "
            r"asked for by bigquery_utils\.py:23; last good rev 00030",
            title,
        )
        for title in titles
    ), titles


def test_every_failure_is_counted_once(demo):
    """Two of six requests failed; the job crashed in a thread and exited; the others died once."""
    found = rows(
        svcerrors(
            "query",
            "SELECT service_name, error_type, SUM(occurrences) AS n FROM incidents GROUP BY ALL ORDER BY 1, 2",
            "--warehouse",
            demo[0],
        )
    )

    assert [(row["service_name"], row["error_type"], row["n"]) for row in found] == [
        ("phase2-scraper", "KeyError", 1),
        ("phase3-to-phase4", "ModuleNotFoundError", 1),
        ("phase4-precompute", "KeyError", 2),
        ("phase5-predictions", "ZeroDivisionError", 1),
    ]


def test_health_tells_the_dead_from_the_limping_and_the_well(demo):
    """The healthy service is healthy, and is there."""
    statuses = {row["service_name"]: row["status"] for row in rows(svcerrors("health", "--warehouse", demo[0]))}

    assert statuses == {
        "phase1-schedule": "HEALTHY",
        "phase2-scraper": "UNHEALTHY",
        "phase3-to-phase4": "UNHEALTHY",
        "phase4-precompute": "DEGRADED",
        "phase5-predictions": "UNHEALTHY",
    }


def test_it_says_how_long_each_error_took(demo):
    """Every incident's row, with milliseconds from write to queryable."""
    after = demo[1].split("From the process's write")[1]

    assert len(re.findall(r"phase\S+ .*? \d+ ms", after)) >= 8


def test_dev_makes_rows_of_what_a_job_says_and_of_its_end(tmp_path):
    """The program's own output passes through; its error is a row; its failure is dev's."""
    code = "print('hello'); {}['k']"

    done = svcerrors("dev", "--job", "--service", "night", "--", sys.executable, "-c", code, cwd=tmp_path)

    assert done.returncode == 1
    assert b"hello\n" in done.stdout
    assert b"KeyError: 'k' (a row after " in done.stderr
    [group] = rows(svcerrors("groups", cwd=tmp_path))
    assert (group["error_type"], group["services"], group["occurrences"]) == ("KeyError", ["night"], 1)


def test_caught_errors_of_a_fleet_that_no_one_edits_count_once(tmp_path):
    """The bridge records the exception, standard error has the line: twelve failures are twelve, held back or not."""
    code = (
        "import logging\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "for game in range(12):\n"
        "    try: {}['k']\n"
        "    except Exception as e: logging.error(f'game {game} failed: {e}')\n"
    )

    svcerrors("dev", "--job", "--", sys.executable, "-c", code, cwd=tmp_path, env={"SVCERRORS_AUTO": "1"})

    sql = "SELECT error_type, SUM(occurrences) AS n, SUM(evidence_rows) > 12 AS lines FROM incidents GROUP BY 1"
    assert rows(svcerrors("query", sql, cwd=tmp_path)) == [{"error_type": "KeyError", "n": 12, "lines": True}]


def test_groups_reads_while_dev_writes(tmp_path):
    """Another terminal sees the rows of a program that is still running."""
    code = (
        "import sys, time, traceback\n"
        "for n in range(600):\n"
        "    try: {}['k']\n"
        "    except KeyError: traceback.print_exc()\n"
        "    time.sleep(0.1)\n"
    )
    dev = subprocess.Popen(
        [sys.executable, "-m", "svcerrors", "dev", "--job", "--", sys.executable, "-c", code],
        cwd=tmp_path,
        env=CLEAN,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        counts = []
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and (not counts or counts[-1] < counts[0] + 3):
            done = svcerrors("groups", cwd=tmp_path)
            counts += [row["occurrences"] for row in rows(done)]
            time.sleep(0.2)
        assert dev.poll() is None
        assert counts[-1] >= counts[0] + 3
    finally:
        dev.send_signal(signal.SIGTERM)
        dev.wait(30)


@pytest.mark.parametrize("verb", [("demo",), ("dev", "--", sys.executable, "-c", "1")])
def test_a_port_in_use_is_one_line(verb, tmp_path):
    """Exit 1, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = svcerrors(verb[0], "--port", str(port), *verb[1:], cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        f"svcerrors: port {port} is in use: give another with --port, or none to take a free one"
    ]


def test_ctrl_c_leaves_no_process_behind(tmp_path):
    """An interrupt to the whole terminal ends the program, the sink and its workers."""
    marker = f"SVCERRORS_TEST_{tmp_path.name}"
    dev = subprocess.Popen(
        [sys.executable, "-m", "svcerrors", "dev", "--job", "--", sys.executable, "-c", "import time; time.sleep(60)"],
        cwd=tmp_path,
        env={**CLEAN, "MARKER": marker},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert b"runs, PORT=" in dev.stderr.readline()
    os.killpg(dev.pid, signal.SIGINT)
    dev.wait(30)

    environs = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if is_readable(path)]
    assert [environ for environ in environs if marker.encode() in environ] == []


def is_readable(path):
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_a_proxy_of_the_environment_is_not_asked(tmp_path):
    """The chain is on this machine."""
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}

    done = svcerrors("dev", "--job", "--", sys.executable, "-c", "{}['k']", cwd=tmp_path, env=proxy)

    assert b"KeyError: 'k' (a row after " in done.stderr
