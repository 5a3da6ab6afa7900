"""What a real program reports of its runs gives their rows: two lines of a run, one run_id."""

import subprocess
import sys

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.ops.local.lines import payload

PROGRAM = """
import svcerrors

svcerrors.bind(phase="3", processor_name="totals", game_date="2026-01-25")

with svcerrors.track_run("phase3_to_phase4", key="2026-01-25") as run:
    run.rows = 812
try:
    with svcerrors.track_run("phase4_to_phase5"):
        raise LookupError("no weight")
except LookupError:
    svcerrors.heartbeat("nightly")
"""
RUN = {"kind": "run", "run_name": "nightly", "run_id": "01890a5d-ac96-774b-bcce-b302099a8057", "status": "started"}


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "main.py").write_text(PROGRAM)
    environ = {"K_SERVICE": "claimed", "K_REVISION": "claimed-1", "COMMIT_SHA": "0c0ffee", "ENVIRONMENT": "test"}
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30, check=True
    )
    entries = [{**entry({}), **payload(line)} for line in done.stdout.splitlines()]
    return [record for one in entries for record in logs.parse(one)]


def reported(**columns):
    (record,) = logs.parse(entry({"svcerrors": RUN | columns}, severity="INFO"))
    return record


def test_a_run_of_the_library_gives_two_rows_of_one_run(rows):
    """Every column that the program knows, and the service's name from the platform; each row has an id of its own."""
    started, succeeded = rows[:2]
    expected = {
        "run_name": "phase3_to_phase4",
        "run_key": "2026-01-25",
        "service_name": "scores",
        "phase": "3",
        "processor_name": "totals",
        "status": "succeeded",
        "evidence": "reported",
        "row_count": 812,
        "labels": '{"game_date": "2026-01-25"}',
        "release": "0c0ffee",
        "environment": "test",
        "revision": "scores-00001-abc",
        "instance_id": "instance-1",
        "sample_rate": 1.0,
        "schema_version": 1,
    }
    row = succeeded.row()
    assert {name: row[name] for name in expected} == expected
    assert (started.status, started.run_id) == ("started", succeeded.run_id)
    assert started.row_id != succeeded.row_id
    assert succeeded.duration_ms > 0
    assert started.duration_ms is None


def test_a_run_that_failed_names_the_row_of_its_error(rows):
    """The error is a row of service_errors, and the run's error_id is that row's."""
    error, failed = rows[3:5]
    assert (error.table, failed.table) == ("service_errors", "service_runs")
    assert (failed.status, failed.error_id, failed.reason) == ("failed", error.error_id, "LookupError: no weight")


def test_a_heartbeat_is_a_run_that_says_so_in_its_name(rows):
    heartbeat = rows[5]
    assert (heartbeat.run_name, heartbeat.status, heartbeat.evidence) == ("heartbeat:nightly", "succeeded", "reported")
    assert reported(kind="heartbeat").run_name == "heartbeat:nightly"
    assert reported(kind="run").run_name == "nightly"


def test_a_redelivered_line_has_the_same_row_id():
    one = entry({"svcerrors": RUN}, severity="INFO")
    assert logs.parse(one) == logs.parse(dict(one))


def test_what_a_run_may_not_claim():
    """Who ran is who the platform says; what the platform observed is not for a program to report."""
    row = reported(service_name="another", evidence="observed", sample_rate=0.1, source="backfill")
    assert (row.service_name, row.evidence, row.sample_rate, row.source) == ("scores", "reported", 1.0, "live")


@pytest.mark.parametrize("duration", ["four", -1, float("inf"), 10**400, True, None, [1]])
def test_a_duration_that_cannot_be_is_none(duration):
    assert reported(duration_ms=duration).duration_ms is None


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"run_name": 7}, "svcerrors.run_name is not a string"),
        ({"run_id": "7"}, "svcerrors.run_id is not a UUID"),
        ({"status": ["started"]}, "svcerrors.status is not one of "),
        ({"status": "answered"}, "svcerrors.status is not one of "),
        ({"labels": [1]}, "svcerrors.labels is not an object, or too deep"),
    ],
)
def test_a_line_that_says_not_which_run_is_kept_for_later(columns, why):
    """It goes to quarantine with the reason, and is not dropped."""
    row = reported(**columns)
    assert row.table == "service_errors_rejected"
    assert row.reason.startswith(why)


def test_an_instance_says_who_it_is_where_the_platform_does_not():
    """The platform's word goes first."""
    told = {"svcerrors": RUN | {"instance_id": "pod-1"}}
    (unlabelled,) = logs.parse({**entry(told, severity="INFO"), "labels": {}})

    assert (unlabelled.instance_id, reported(instance_id="pod-1").instance_id) == ("pod-1", "instance-1")
