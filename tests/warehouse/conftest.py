"""Both stores, empty and applied; the shared one is the emulator's, through the official client."""

import json
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.bqemulator import serving
from svcerrors.warehouse import open_warehouse


@pytest.fixture
def error():
    """Return a maker of rows for service_errors; what a test does not name has a plain value."""

    def made(**columns):
        return {
            "error_id": uuid.uuid4().hex,
            "error_timestamp": "2026-01-25T14:02:03.123456Z",
            "service_name": "phase3-to-phase4",
            "error_type": "KeyError",
            "error_message": "'game_id'",
            "error_category": "processing_error",
            "severity": "ERROR",
            "fingerprint": "v1:0123456789abcdef",
            "occurrences": 1,
            **columns,
        }

    return made


@pytest.fixture
def duckdb_store(tmp_path):
    """Return a local store, applied."""
    store = open_warehouse(f"duckdb:{tmp_path / 'store'}")
    store.apply()
    return store


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """Return the address of a running emulator."""
    with serving(tmp_path_factory.mktemp("bqemulator")) as url:
        yield url


@pytest.fixture
def emulated(emulator, monkeypatch):
    """Return an opener of datasets in the emulator."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
    return lambda name=None: open_warehouse(f"bigquery:test.{name or 'd' + uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def applied_dataset(emulator):
    """Return the name of a dataset in which everything was applied, once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
        open_warehouse("bigquery:test.applied").apply()
    return "applied"


@pytest.fixture
def bigquery_store(emulated, applied_dataset):
    """Return a store in the emulator, applied; its rows are those of all tests."""
    return emulated(applied_dataset)


@pytest.fixture
def answering(monkeypatch):
    """Return a starter of a small BigQuery that answers as it is told.

    It is given a function of method, path and body that returns status and JSON, or None to break the connection.
    """

    @contextmanager
    def run(answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                told = answer(self.command, self.path.partition("?")[0], json.loads(sent) if sent else None)
                if told is None:
                    self.close_connection = True
                    return
                status, body = told
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(json.dumps(body))))
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            do_GET = do_POST = do  # noqa: N815  # the names that http.server calls

            def log_message(self, *_):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        try:
            yield open_warehouse("bigquery:test.obs")
        finally:
            server.shutdown()
            server.server_close()

    return run
