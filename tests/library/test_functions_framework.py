"""Real functions under functions-framework, in real processes: what they write on standard output."""

import base64
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import functions_framework
import pytest

import svcerrors
from library.programs import CLEAN, records

SOURCE = """
import functions_framework
import svcerrors

svcerrors.init()

@functions_framework.http
@svcerrors.capture_errors(labels={"phase": "3"})
def by_http(request):
    if request.path == "/fine":
        return "fine"
    raise ValueError("by http")

@functions_framework.http
def bare(request):
    try:
        raise ValueError("by hand")
    except ValueError:
        svcerrors.capture_exception()
    return "went on"

@functions_framework.cloud_event
@svcerrors.capture_errors
def by_event(event):
    raise KeyError(event["id"])

@svcerrors.capture_errors
def in_background(event, context):
    raise TimeoutError("in background")
"""
TRACE = {"X-Cloud-Trace-Context": "4bf92f3577b34da6a3ce929d0e0e4736/255;o=1"}
EVENT = {
    "ce-specversion": "1.0",
    "ce-id": "e1",
    "ce-source": "//pubsub/t",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
}
PUBSUB = {
    "context": {
        "eventId": "m1",
        "timestamp": "2026-01-25T00:00:00.000Z",
        "eventType": "google.pubsub.topic.publish",
        "resource": {"service": "pubsub.googleapis.com", "name": "projects/p/topics/t", "type": "t"},
    },
    "data": {"data": base64.b64encode(b"x").decode()},
}


class Service:
    def __init__(self, source, target, signature):
        self.port = _free_port()
        command = ["-m", "functions_framework", "--source", source, "--target", target, "--signature-type", signature]
        self.process = subprocess.Popen(
            [sys.executable, *command, "--port", str(self.port)],
            env={**CLEAN, "K_SERVICE": "orders", "K_REVISION": "orders-1", "GOOGLE_CLOUD_PROJECT": "p"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def call(self, path="/", body=None, headers=None):
        """Return the status of the answer."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **TRACE, **(headers or {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, sent)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def ready(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise TimeoutError("functions-framework does not listen")

    def stop(self):
        """End it; return what it recorded."""
        self.process.terminate()
        return records(self.process.communicate(timeout=15)[0])


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


CALLS = {
    "by_http": ("http", [("/fine?x=1", None, None), ("/broken?token=s3cr3t", None, None)]),
    "bare": ("http", [("/", None, None)]),
    "by_event": ("cloudevent", [("/", {"message": {"messageId": "m"}, "deliveryAttempt": 2}, EVENT)]),
    "in_background": ("event", [("/", PUBSUB, None)]),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Call each function in a process of its own; return statuses and records by function."""
    source = tmp_path_factory.mktemp("functions") / "main.py"
    source.write_text(SOURCE)
    services = {target: Service(str(source), target, signature) for target, (signature, _) in CALLS.items()}
    told = {}
    for target, service in services.items():
        service.ready()
        statuses = [service.call(*call) for call in CALLS[target][1]]
        told[target] = (statuses, service.stop())
    return told


def test_an_http_function(recorded):
    """The framework answers 500; the line has the request without its query, and the trace."""
    statuses, [line] = recorded["by_http"]
    assert statuses == [200, 500]
    assert line["message"] == "ValueError: by http"
    assert line["serviceContext"] == {"service": "orders", "version": "orders-1"}
    assert line["httpRequest"]["requestUrl"].endswith("/broken")
    assert line["logging.googleapis.com/trace"] == "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"
    assert line["logging.googleapis.com/spanId"] == "00000000000000ff"
    assert line["svcerrors"]["culprit"] == "main.py:12 in by_http"
    assert line["svcerrors"]["phase"] == "3"
    assert len(line["svcerrors"]["execution_id"]) > 0


def test_an_undecorated_function(recorded):
    """A capture by hand carries the request of Flask."""
    statuses, [line] = recorded["bare"]
    assert statuses == [200]
    assert (line["svcerrors"]["mechanism"], line["svcerrors"]["handled"]) == ("manual", True)
    assert line["logging.googleapis.com/trace"].endswith("4736")


def test_a_cloud_event_function(recorded):
    """The line names the event and its delivery attempt."""
    statuses, [line] = recorded["by_event"]
    assert statuses == [500]
    assert line["svcerrors"]["event"] == {
        "id": "e1",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "source": "//pubsub/t",
        "delivery_attempt": 2,
    }


def test_a_background_function(recorded):
    """The line names the Pub/Sub message."""
    statuses, [line] = recorded["in_background"]
    assert statuses == [500]
    assert line["svcerrors"]["error_category"] == "timeout"
    assert line["svcerrors"]["event"]["id"] == "m1"
    assert line["svcerrors"]["event"]["source"].endswith("projects/p/topics/t")


def test_a_typed_function_takes_what_we_return():
    """functions_framework.typed demands a plain function with its annotations."""

    class Order:
        @staticmethod
        def from_dict(values):
            return values

    @functions_framework.typed
    @svcerrors.capture_errors
    def typed(order: Order):
        return order

    assert typed({"id": 1}) == {"id": 1}
