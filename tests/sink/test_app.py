"""svcerrors.sink.app, as it is deployed: functions-framework, HTTP, and a store behind it."""

import json
import shutil
import subprocess
import sys

import pytest

from support.entries import entry, push
from support.processes import CLEAN, SINK, post, running_sink
from svcerrors.ops.local.ports import free_port
from svcerrors.warehouse import open_warehouse


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sink") / "warehouse"


@pytest.fixture(scope="module")
def sink(folder):
    open_warehouse(f"duckdb:{folder}").apply()
    with running_sink(f"duckdb:{folder}") as url:
        yield url


def services(folder):
    return open_warehouse(f"duckdb:{folder}").query("SELECT service_name FROM service_errors_unique").rows


def test_a_push_is_acknowledged_once_its_row_can_be_read(sink, folder):
    """204, and the row is there at that moment."""
    status, _ = post(sink, push(entry(service="pushed")))

    assert status == 204
    assert ("pushed",) in services(folder)


def test_a_bare_entry_is_taken_too(sink, folder):
    """The body may be the LogEntry itself."""
    assert post(sink, json.dumps(entry(service="bare")).encode())[0] == 204
    assert ("bare",) in services(folder)


def test_a_redelivery_counts_once(sink, folder):
    """The same push twice is one row of the view."""
    body = push(entry(service="again"))

    assert [post(sink, body)[0], post(sink, body)[0]] == [204, 204]
    assert services(folder).count(("again",)) == 1


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b'{"message": {}}', b"[]", b"null", push(b"{"), push(b"5")])
def test_junk_is_acknowledged_and_kept(sink, folder, junk):
    """A message that can never be a row must not come again; its bytes are in quarantine."""
    store = open_warehouse(f"duckdb:{folder}")
    before = store.query("SELECT COUNT(*) FROM service_errors_rejected").rows[0][0]

    assert post(sink, junk)[0] == 204
    assert store.query("SELECT COUNT(*) FROM service_errors_rejected").rows[0][0] == before + 1


def test_no_answer_echoes_the_request(sink):
    """A bearer token that comes with a request never comes back."""
    for body in (b"junk", push(entry())):
        assert b"s3cret" not in post(sink, body, {"Authorization": "Bearer s3cret"})[1]


def test_a_store_that_fails_gives_5xx_and_then_takes_the_redelivery(tmp_path):
    """Not acknowledged while the store is away; stored when it is back."""
    where = f"duckdb:{tmp_path}/w"
    body = push(entry(service="late"))
    open_warehouse(where).apply()
    with running_sink(where) as url:
        shutil.move(tmp_path / "w", tmp_path / "away")
        away = post(url, body)
        shutil.move(tmp_path / "away", tmp_path / "w")
        back = post(url, body)

    assert (away[0], back[0]) == (503, 204)
    assert services(tmp_path / "w") == [("late",)]


@pytest.mark.parametrize("address", ["", "duckdb:.svcerrors"])
def test_on_cloud_run_it_refuses_to_boot_into_memory(address, tmp_path):
    """One line says what to set; the deployment fails, and nothing is acknowledged into a disk that is memory."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "functions_framework",
            "--source",
            SINK,
            "--target",
            "receive",
            "--port",
            str(free_port()),
        ],
        env={**CLEAN, "K_SERVICE": "svcerrors-sink", "SVCERRORS_WAREHOUSE": address},
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode != 0
    assert "svcerrors sink: set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET" in done.stderr
    assert "Traceback" not in done.stderr
