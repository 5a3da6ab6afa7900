"""svcerrors.ops.local: real processes and a real HTTP server stand in for Cloud Run and Pub/Sub."""

import base64
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.local import courier
from svcerrors.ops.local.caller import call
from svcerrors.ops.local.courier import Courier
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.ports import free_port, take_port
from svcerrors.ops.local.process import LocalProcess


def run(code, *, kind="job", ready=None):
    """Run a Python program to its end; return the texts and severities of its entries by log."""
    sent = []
    process = LocalProcess(
        Identity("p", kind, "p-00001-abc"), [sys.executable, "-c", code], port=free_port(), send=sent.append
    )
    if ready is not None:
        assert process.is_ready(10) is ready
    process.wait(20)
    process.stop()
    return [(entry["logName"].rpartition("%2F")[2], entry.get("severity"), entry.get("textPayload")) for entry in sent]


def test_both_streams_and_the_exit_are_entries():
    """Lines without severity, and the platform's own word at the end."""
    found = run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)")

    assert sorted(found[:2]) == [("stderr", None, "err"), ("stdout", None, "out")]
    assert found[2:] == [("system", "WARNING", "Container called exit(3).")]


def test_a_crash_is_one_entry_and_a_signal_is_named():
    """The traceback whole, at ERROR; then what ended the process."""
    found = run(f"import os\ntry: {{}}['k']\nfinally: os.kill(os.getpid(), {signal.SIGKILL:d})")
    crashed = run("{}['k']")

    assert found == [("system", "WARNING", "Container terminated on signal 9.")]
    assert crashed[0][:2] == ("stderr", "ERROR")
    assert crashed[0][2].startswith("Traceback")
    assert crashed[0][2].endswith("KeyError: 'k'")


def test_a_traceback_that_hangs_is_let_go():
    """A process that stops in the middle of a traceback still gives its entry."""
    found = run("import sys, time; sys.stderr.write('Traceback (most recent call last):\\n'); time.sleep(0.6)")

    assert found[0] == ("stderr", "ERROR", "Traceback (most recent call last):")


def test_a_service_that_never_listens_fails_its_probe():
    """The startup probe's word follows the exit."""
    found = run("raise SystemExit(1)", kind="service", ready=False)

    assert [text.partition(" ")[0] for _, _, text in found] == ["Container", "Default"]
    assert "STARTUP TCP probe failed" in found[1][2]


def test_a_service_that_is_scaled_in_has_not_failed():
    """SIGTERM from the platform is no exit entry."""
    code = (
        "import os, http.server as h\n"
        "h.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), h.BaseHTTPRequestHandler).serve_forever()"
    )
    sent = []
    process = LocalProcess(Identity("s"), [sys.executable, "-c", code], port=free_port(), send=sent.append)
    assert process.is_ready(10)
    status = call(process.identity, process.url, sent.append)
    process.stop()

    [request] = [entry for entry in sent if entry["logName"].endswith("requests")]
    assert (status, request["httpRequest"]["status"], request["severity"]) == (501, 501, "ERROR")
    assert [entry for entry in sent if "system" in entry["logName"]] == []


def test_the_platforms_variables_are_set():
    """A job knows its execution, a service its revision."""
    code = "import os; print(os.environ.get('K_REVISION'), os.environ.get('CLOUD_RUN_EXECUTION'))"

    assert run(code)[0][2] == "None p-00001-abc"
    assert run(code, kind="service", ready=False)[0][2] == "p-00001-abc None"


def test_a_program_that_is_not_there_is_a_usage_error():
    """One line, with its name."""
    with pytest.raises(UsageError, match="cannot start 'no-such-program'"):
        LocalProcess(Identity("p"), ["no-such-program"], port=1, send=print, environ=os.environ)


@pytest.fixture
def receiver():
    """A real HTTP server that fails the first `failures` times, and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        failures, bodies = 0, []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            failing = Handler.failures > 0
            Handler.failures -= failing
            if not failing:
                Handler.bodies.append(json.loads(body))
            self.send_response(503 if failing else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", Handler
    server.shutdown()
    server.server_close()


def an_entry(number):
    return {"insertId": str(number), "timestamp": "2026-01-25T11:00:00Z", "receiveTimestamp": "2026-01-25T11:00:00Z"}


def test_entries_come_as_pushes_and_again_until_acknowledged(receiver):
    """Every entry arrives once it is taken, whatever failed before."""
    url, handler = receiver
    handler.failures = 2
    delivered = []
    carrier = Courier(url, lambda entry, seconds: delivered.append((entry["insertId"], seconds > 0)))
    for number in range(20):
        carrier.send(an_entry(number))
    carrier.close()

    arrived = [json.loads(base64.b64decode(body["message"]["data"]))["insertId"] for body in handler.bodies]
    assert sorted(arrived, key=int) == [str(number) for number in range(20)]
    assert len(delivered) == 20
    assert carrier.lost == []


def test_what_no_one_takes_is_counted(monkeypatch):
    """A sink that is not there: the entry is in `lost`, and the courier ends."""
    monkeypatch.setattr(courier, "ATTEMPTS", 2)
    carrier = Courier(f"http://127.0.0.1:{free_port()}/")
    carrier.send(an_entry(1))
    carrier.close()

    assert carrier.lost == [an_entry(1)]


def test_a_taken_port_is_refused(receiver):
    """The message says what to do."""
    port = int(receiver[0].rstrip("/").rpartition(":")[2])

    with pytest.raises(SvcErrorsError, match=f"port {port} is in use"):
        take_port(port)
