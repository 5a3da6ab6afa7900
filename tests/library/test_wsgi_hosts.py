"""A WSGI application under gunicorn, with several workers: each failure is one whole line."""

import concurrent.futures
import http.client
import sys

import pytest

from library.hosts import Host, told

APP = """
import flask, os, pathlib, svcerrors, time
from svcerrors.integrations.flask import init_app

svcerrors.init(rate_limit=None)
app = flask.Flask("orders")
init_app(app, labels={"phase": "3"})

@app.get("/raise/<name>")
def raises(name):
    pathlib.Path(f"taken-{os.getpid()}").touch()
    deadline = time.monotonic() + 30
    while len(list(pathlib.Path().glob("taken-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # until another worker has taken one too
    raise ValueError(f"{name} in {os.getpid()}")

@app.get("/answer")
def answers():
    return "busy", 503

@app.get("/swallow")
def swallows():
    try:
        raise KeyError("swallowed")
    except KeyError:
        svcerrors.capture_exception()
    return "no", 500

@app.get("/stream")
def streams():
    def body():
        yield "one"
        raise RuntimeError("in the body")
    return flask.Response(body())

@app.get("/abort/<int:status>")
def aborts(status):
    flask.abort(status)
"""
UNCHANGED = """
import flask
app = flask.Flask("orders")

@app.get("/<name>")
def raises(name):
    raise ValueError(name)
"""
RAW = """
import svcerrors
from svcerrors.integrations.wsgi import Middleware

def raw(environ, start_response):
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("raw")
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b"no"]

app = Middleware(raw)
"""
SERVER = ("gunicorn", "app:app", "--bind", "127.0.0.1:{port}", "--workers", "3", "--threads", "2")
# A worker that waits for another one must not take the calls that the other would.
SPREAD = (*SERVER, "--worker-connections", "2")


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """Call each path, some at once; return statuses and records."""
    folder = tmp_path_factory.mktemp("wsgi")
    (folder / "app.py").write_text(APP)
    host = Host(folder, *SPREAD).ready()
    paths = ["/answer?token=s3cr3t", "/swallow", "/abort/404", "/abort/502", "/none"]
    statuses = [host.call(path) for path in paths]
    with concurrent.futures.ThreadPoolExecutor(8) as callers:
        at_once = set(callers.map(host.call, [f"/raise/{n}" for n in range(40)]))
    with pytest.raises(http.client.IncompleteRead):
        host.call("/stream")
    return statuses, at_once, host.stop()[0]


def test_every_failure_is_one_record(hosted):
    """A raised error, a returned 503, a captured one, one in the body; no 404."""
    statuses, at_once, lines = hosted
    assert (statuses, at_once) == ([503, 500, 404, 502, 404], {500})
    rest = [row for row in told(lines) if row[1] != "ValueError"]
    assert rest == [
        ("manual", "KeyError", "'swallowed'"),
        ("wsgi", "HttpStatus502", "GET /abort/502 was answered 502"),
        ("wsgi", "HttpStatus503", "GET /answer was answered 503"),
        ("wsgi", "RuntimeError", "in the body"),
    ]


def test_workers_do_not_mix_their_lines(hosted):
    """Forty errors at once, of several processes: forty lines, each with its own request."""
    raised = [line for line in hosted[2] if line["svcerrors"]["error_type"] == "ValueError"]
    assert len(raised) == 40
    assert len({line["svcerrors"]["error_message"].split()[-1] for line in raised}) > 1
    for line in raised:
        name = line["svcerrors"]["error_message"].split()[0]
        assert line["httpRequest"]["requestUrl"].endswith(f"/raise/{name}")
        assert line["logging.googleapis.com/trace"] == "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"
        assert (line["svcerrors"]["phase"], line["svcerrors"]["handled"]) == ("3", False)


def test_an_application_without_a_framework(tmp_path):
    """The middleware alone; its request is read from the environ."""
    (tmp_path / "app.py").write_text(RAW)
    host = Host(tmp_path, *SERVER).ready()
    assert [host.call("/raise?x=1"), host.call("/answer")] == [500, 500]
    lines = host.stop()[0]
    assert told(lines) == [
        ("wsgi", "HttpStatus500", "GET /answer was answered 500"),
        ("wsgi", "ValueError", "raw"),
    ]
    assert [line["httpRequest"]["requestUrl"].rpartition("/")[2] for line in lines] == ["raise", "answer"]


def test_an_unchanged_application(tmp_path):
    """SVCERRORS_AUTO=1 is all; Flask logs the error, gunicorn's loggers do not propagate."""
    (tmp_path / "app.py").write_text(UNCHANGED)
    host = Host(tmp_path, *SERVER, SVCERRORS_AUTO="1").ready()
    assert host.call("/x") == 500
    [line] = host.stop()[0]
    assert told([line]) == [("logging", "ValueError", "x")]
    assert line["httpRequest"]["requestUrl"].endswith("/x")
    assert line["svcerrors"]["handled"] is False


def test_a_worker_that_cannot_import(tmp_path):
    """`svcerrors run -- gunicorn`: an import that fails is a whole record of each worker that tried."""
    (tmp_path / "app.py").write_text("import shared_utils_of_nobody\n")
    host = Host(tmp_path, "svcerrors", "run", "--", sys.executable, "-m", *SERVER[:5], "1")
    lines, _ = host.end()
    assert {row[:2] for row in told(lines)} == {("logging", "ModuleNotFoundError")}
    assert lines[0]["svcerrors"]["culprit"] == "app.py:1 in <module>"
    assert lines[0]["svcerrors"]["error_category"] == "configuration_error"
