"""A Celery worker in prefork mode, with a broker in a folder: its tasks fail in child processes."""

import subprocess
import sys

import pytest

from library.hosts import Host, told
from library.programs import CLEAN

APP = """
import celery, svcerrors
from svcerrors.integrations.celery import connect

app = celery.Celery("orders", broker="filesystem://")
app.conf.update(
    broker_transport_options={name: "broker" for name in ("data_folder_in", "data_folder_out", "control_folder")},
    broker_connection_retry_on_startup=False,
    worker_prefetch_multiplier=1,
)
svcerrors.init(logging="ERROR")
connect(labels={"phase": "5"})

class NoGames(Exception):
    pass

@app.task
def fails(day):
    raise ValueError(day)

@app.task(throws=(NoGames,))
def expects():
    raise NoGames("today")

@app.task(bind=True, max_retries=1, default_retry_delay=0)
def retries(self):
    try:
        raise TimeoutError("upstream")
    except TimeoutError as exc:
        raise self.retry(exc=exc)
"""
SEND = "import app; app.fails.delay('2026-01-25'); app.expects.delay(); app.retries.delay()"

_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """Send each task, await the last; return what the worker recorded."""
    folder = tmp_path_factory.mktemp("celery")
    (folder / "app.py").write_text(APP)
    (folder / "broker").mkdir()
    host = Host(folder, "celery", "-A", "app", "worker", "--pool", "prefork", "--concurrency", "2", *_QUIET)
    subprocess.run([sys.executable, "-c", SEND], cwd=folder, env=CLEAN, check=True, timeout=30)
    return host.await_records(3).stop()


def test_every_task_that_fails_is_one_record(worked):
    """Though Celery logs it too, and the bridge listens; a retry is none, its last one is."""
    lines, said = worked
    assert told(lines) == [
        ("celery", "TimeoutError", "upstream"),
        ("celery", "ValueError", "2026-01-25"),
        ("celery", "app.NoGames", "today"),
    ], said


def test_a_record_names_its_task(worked):
    """The task, its id, and what it declared to expect."""
    by_type = {line["svcerrors"]["error_type"]: line["svcerrors"] for line in worked[0]}
    failed = by_type["ValueError"]
    assert (failed["labels"], failed["phase"]) == ({"task": "app.fails", "retries": 0}, "5")
    assert len(failed["correlation_id"]) == 36
    assert failed["culprit"] == "app.py:19 in fails"
    assert by_type["TimeoutError"]["labels"]["retries"] == 1
    assert by_type["app.NoGames"]["error_category"] == "no_data_available"
