"""Real functions under functions-framework, in real processes: what they write on standard output."""

import base64

import functions_framework
import pytest

import svcerrors
from library.hosts import Host, told

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

@functions_framework.http
@svcerrors.capture_errors
def by_push(request):
    assert request.path == "/unread" or request.get_json()
    raise KeyError("pushed")

@functions_framework.cloud_event
@svcerrors.capture_errors
def by_event(event):
    raise KeyError(event["id"])

@svcerrors.capture_errors
def in_background(event, context):
    raise TimeoutError("in background")

class Order:
    @staticmethod
    def from_dict(values):
        return Order()

@functions_framework.typed
@svcerrors.capture_errors
def by_type(order: Order):
    raise LookupError("by type")
"""
AIO = """
import asyncio, functions_framework.aio, svcerrors
svcerrors.init()

@functions_framework.aio.http
@svcerrors.capture_errors
async def by_aio(request):
    await asyncio.sleep(0)
    if request.url.path == "/answer":
        return "busy", 503
    raise ValueError("by aio")

@functions_framework.aio.http
@svcerrors.capture_errors
def in_a_thread(request):
    raise ValueError("in a thread")

@functions_framework.aio.cloud_event
@svcerrors.capture_errors
async def by_aio_event(event):
    raise KeyError(event["id"])
"""
UNCHANGED = """
import functions_framework, functions_framework.aio

class Order:
    @staticmethod
    def from_dict(values):
        return Order()

@functions_framework.http
def by_http(request):
    if request.path == "/answer":
        return "bad", 500
    raise ValueError("by http")

@functions_framework.cloud_event
def by_event(event):
    raise KeyError(event["id"])

def in_background(event, context):
    raise TimeoutError("in background")

@functions_framework.typed
def by_type(order: Order):
    raise LookupError("by type")

async def by_aio(request):
    raise ValueError("by aio")

@functions_framework.aio.cloud_event
async def by_aio_event(event):
    raise KeyError(event["id"])
"""
CAPTURED = """
import functools, functions_framework, svcerrors

def loud(function):
    @functools.wraps(function)
    def said(*args):
        return function(*args)
    return said

@functions_framework.http
@loud
@svcerrors.capture_errors(ignore=(KeyError,))
def ignoring(request):
    raise KeyError("ignored")
"""
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


PUSH = {"message": {"messageId": "m1"}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 4}
PUSHED = {"id": "m1", "source": "projects/p/subscriptions/s", "delivery_attempt": 4}

CALLS = {
    "by_http": ("http", [("/fine?x=1", None, None), ("/broken?token=s3cr3t", None, None)]),
    "bare": ("http", [("/", None, None)]),
    "by_push": ("http", [("/", PUSH, None), ("/unread", PUSH, None), ("/", PUSH, EVENT)]),
    "by_event": ("cloudevent", [("/", {"message": {"messageId": "m"}, "deliveryAttempt": 2}, EVENT)]),
    "in_background": ("event", [("/", PUBSUB, None)]),
    "by_type": ("typed", [("/", {}, None)]),
}
AIO_CALLS = {
    "by_aio": ("http", [("/broken", None, None), ("/answer", None, None)]),
    "in_a_thread": ("http", [("/", None, None)]),
    "by_aio_event": ("cloudevent", [("/", {}, EVENT)]),
}
UNCHANGED_CALLS = {
    "by_http": ("http", [("/x", PUSH, None), ("/answer", None, None)]),
    "by_event": (
        "cloudevent",
        [("/", {"message": {"messageId": "m"}, "deliveryAttempt": 2}, EVENT), ("/", PUBSUB, None)],
    ),
    "in_background": CALLS["in_background"],
    "by_type": ("typed", [("/", {}, None)]),
}


def hosted(folder, source, calls, *options, **env):
    """Call each function in a process of its own; return statuses and records by function."""
    (folder / "main.py").write_text(source)
    hosts = {
        target: Host(
            folder,
            *("functions_framework", "--source", "main.py", "--target", target, "--signature-type", signature),
            *("--port", "{port}", *options),
            **env,
        )
        for target, (signature, _) in calls.items()
    }
    answers = {}
    for target, host in hosts.items():
        host.ready()
        statuses = [host.call(*call) for call in calls[target][1]]
        answers[target] = (statuses, host.stop()[0])
    return answers


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return hosted(tmp_path_factory.mktemp("functions"), SOURCE, CALLS)


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


def test_an_http_function_that_is_pushed_to(recorded):
    """The line names the message of Pub/Sub, or the CloudEvent of Eventarc, whether its body was read or not."""
    statuses, lines = recorded["by_push"]
    assert statuses == [500, 500, 500]
    assert [line["svcerrors"]["event"] for line in lines] == [
        PUSHED,
        PUSHED,
        {"id": "e1", "type": EVENT["ce-type"], "source": "//pubsub/t", "delivery_attempt": 4},
    ]


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


def test_a_typed_function(recorded):
    """What the framework puts around its error is not another one."""
    statuses, lines = recorded["by_type"]
    assert statuses == [500]
    assert told(lines) == [("decorator", "LookupError", "by type")]


def test_asynchronous_functions(tmp_path):
    """Under the framework's own ASGI application, which lets no error out."""
    answers = hosted(tmp_path, AIO, AIO_CALLS, "--asgi")
    assert {target: (statuses, told(lines)) for target, (statuses, lines) in answers.items()} == {
        "by_aio": (
            [500, 503],
            [("decorator", "HttpStatus503", "by_aio answered 503"), ("decorator", "ValueError", "by aio")],
        ),
        "in_a_thread": ([500], [("decorator", "ValueError", "in a thread")]),
        "by_aio_event": ([500], [("decorator", "KeyError", "'e1'")]),
    }
    for line in answers["by_aio"][1]:
        assert line["logging.googleapis.com/trace"].endswith("4736")


def test_unchanged_functions(tmp_path):
    """SVCERRORS_AUTO=1 is all: each error is one record of what the function was called with, and so is an answer."""
    answers = hosted(tmp_path, UNCHANGED, UNCHANGED_CALLS, SVCERRORS_AUTO="1")
    assert {target: told(lines) for target, (_, lines) in answers.items()} == {
        "by_http": [("decorator", "HttpStatus500", "by_http answered 500"), ("decorator", "ValueError", "by http")],
        "by_event": [("decorator", "KeyError", "'e1'"), ("decorator", "KeyError", "'m1'")],
        "in_background": [("decorator", "TimeoutError", "in background")],
        "by_type": [("decorator", "LookupError", "by type")],
    }
    assert [line["svcerrors"]["event"]["id"] for line in answers["by_event"][1]] == ["e1", "m1"]
    assert answers["by_event"][1][0]["svcerrors"]["event"]["delivery_attempt"] == 2
    assert answers["in_background"][1][0]["svcerrors"]["event"]["id"] == "m1"
    assert answers["by_http"][1][0]["httpRequest"]["requestUrl"].endswith("/x")
    assert answers["by_http"][1][0]["svcerrors"]["event"] == PUSHED


def test_unchanged_asynchronous_functions(tmp_path):
    """Under the framework's own ASGI application, the same."""
    calls = {"by_aio": UNCHANGED_CALLS["by_http"], "by_aio_event": AIO_CALLS["by_aio_event"]}
    answers = hosted(tmp_path, UNCHANGED, calls, "--asgi", SVCERRORS_AUTO="1")
    assert told(answers["by_aio"][1]) == [("decorator", "ValueError", "by aio")] * 2
    assert [line["svcerrors"]["event"]["id"] for line in answers["by_aio_event"][1]] == ["e1"]


def test_a_function_that_is_captured_is_not_captured_again(tmp_path):
    """What its own capture ignores stays unrecorded by ours, and is left to the log of the framework."""
    calls = {"ignoring": ("http", [("/", None, None)])}
    answers = hosted(tmp_path, CAPTURED, calls, SVCERRORS_AUTO="1")
    assert told(answers["ignoring"][1]) == [("logging", "KeyError", "'ignored'")]


def test_an_unchanged_function_that_cannot_import(tmp_path):
    """The framework's own process ends; the import is a whole record."""
    (tmp_path / "main.py").write_text("import shared_utils_of_nobody\n")
    host = Host(tmp_path, "functions_framework", "--target", "handler", "--source", "main.py", SVCERRORS_AUTO="1")
    assert told(host.end()[0]) == [("excepthook", "ModuleNotFoundError", "No module named 'shared_utils_of_nobody'")]
