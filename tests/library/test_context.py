"""What a handler was called with, by the shape of its arguments."""

import asyncio
import json
import sys
import threading

import flask
import pytest
import structlog
from cloudevents.http import CloudEvent

import svcerrors
from svcerrors._event import BODY_LIMIT
from svcerrors.integrations.flask import init_app

TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
HEADERS = {**TRACE, "User-Agent": "curl/8", "X-Forwarded-For": "203.0.113.7, 10.0.0.1", "Function-Execution-Id": "ex1"}
REQUEST = {"requestMethod": "POST", "requestUrl": "/x", "userAgent": "curl/8", "remoteIp": "203.0.113.7"}


class Request:
    def __init__(self):
        self.method, self.path, self.headers = "POST", "/x?token=1", HEADERS


class Context:
    event_id, event_type, resource = "17", "google.pubsub.topic.publish", {"name": "projects/p/topics/t"}


@svcerrors.capture_errors(reraise=False)
def handler(*_arguments):
    raise ValueError


def test_a_request_is_recorded(written):
    """With its trace, its execution, and without its query."""
    handler(Request())
    [line] = written()
    assert line["httpRequest"] == REQUEST
    assert line["logging.googleapis.com/trace"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert line["logging.googleapis.com/spanId"] == "00f067aa0ba902b7"
    assert line["logging.googleapis.com/trace_sampled"] is True
    assert line["logging.googleapis.com/labels"] == {"execution_id": "ex1"}
    assert line["svcerrors"]["execution_id"] == "ex1"


def test_a_trace_names_its_project(written, monkeypatch):
    """Cloud Logging links a trace by its full name."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    handler(Request())
    assert written()[0]["logging.googleapis.com/trace"] == "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_methods_request_is_recorded(written):
    """The object stands before it."""
    handler(object(), Request())
    assert written()[0]["httpRequest"] == REQUEST


MESSAGE = {"message": {"messageId": "m1"}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 4}


@pytest.mark.parametrize(
    ("arguments", "event"),
    [
        (
            (CloudEvent({"id": "1", "type": "t", "source": "s", "subject": "u"}, MESSAGE),),
            {"id": "1", "type": "t", "source": "s", "subject": "u", "delivery_attempt": 4},
        ),
        (
            ({"specversion": "1.0", "type": "t", "data": MESSAGE},),
            {"id": "m1", "type": "t", "source": "projects/p/subscriptions/s", "delivery_attempt": 4},
        ),
        (
            ({"data": "aGk="}, Context()),
            {"id": "17", "type": "google.pubsub.topic.publish", "source": "projects/p/topics/t"},
        ),
        (
            (object(), CloudEvent({"id": "2", "type": "t", "source": "s"}, b"raw")),
            {"id": "2", "type": "t", "source": "s"},
        ),
        (({"id": "no event"},), None),
        ((), None),
    ],
)
def test_an_event_is_recorded(arguments, event, written):
    """A CloudEvent, one as a dictionary, and a background function's data and context."""
    handler(*arguments)
    assert written()[0]["svcerrors"].get("event") == event


PUSHED = {"id": "m1", "source": "projects/p/subscriptions/s", "delivery_attempt": 4}
STRUCTURED = {"specversion": "1.0", "id": "1", "type": "t", "source": "s", "data": MESSAGE}


@pytest.mark.parametrize(
    ("headers", "body", "event"),
    [
        ({}, json.dumps(MESSAGE), PUSHED),
        ({}, json.dumps(STRUCTURED), {"id": "1", "type": "t", "source": "s", "delivery_attempt": 4}),
        ({"ce-id": "1", "ce-type": "t", "ce-source": "s"}, "x", {"id": "1", "type": "t", "source": "s"}),
        (
            {"x-goog-pubsub-message-id": "m2", "x-goog-pubsub-subscription-name": "projects/p/subscriptions/s"},
            "payload",
            {"id": "m2", "source": "projects/p/subscriptions/s"},
        ),
        ({}, json.dumps({"message": "a form's", "subscription": "news"}), None),
        ({}, json.dumps({**MESSAGE, "padding": " " * BODY_LIMIT}), None),
        ({}, "{", None),
        ({}, "[]", None),
    ],
)
def test_an_event_that_a_request_carries_is_recorded(headers, body, event, written):
    """A push of Pub/Sub, wrapped or not, and a CloudEvent over HTTP, structured or binary; nothing else is one."""
    request = Request()
    request.headers, request._body = {**HEADERS, **headers}, body.encode()
    handler(request)
    assert written()[0]["svcerrors"].get("event") == event


def test_an_event_is_known_where_a_middleware_stands_outside(written):
    """Flask has the body that its view has read, and not what is around it."""
    app = flask.Flask("orders")
    init_app(app)

    @app.post("/push")
    def view():
        flask.request.get_json()
        raise ValueError

    app.test_client().post("/push", json=MESSAGE, buffered=True)
    assert [line["svcerrors"]["event"] for line in written()] == [PUSHED]


def test_a_body_is_left_to_the_program(written):
    """Outside of functions-framework, which reads it to its end in any case, what is unread stays so."""
    app = flask.Flask("orders")

    @app.post("/push")
    def view():
        svcerrors.capture_exception(ValueError())
        return flask.request.stream.read()

    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "functions_framework", raising=False)
        answer = app.test_client().post("/push", json=MESSAGE)
    assert json.loads(answer.data) == MESSAGE
    assert "event" not in written()[0]["svcerrors"]


def test_the_outer_handlers_event_is_found(written):
    """A decorated function deep inside, and a manual capture, belong to the same event."""

    @svcerrors.capture_errors
    def outer(_event):
        handler(1)
        svcerrors.capture_exception(KeyError())

    outer(CloudEvent({"id": "1", "type": "t", "source": "s"}, None))
    assert [line["svcerrors"]["event"]["id"] for line in written()] == ["1", "1"]


def test_an_async_handlers_event_is_found(written):
    """Through the coroutines that await each other."""

    @svcerrors.capture_errors
    async def outer(_event):
        await inner()

    async def inner():
        await asyncio.sleep(0)
        svcerrors.capture_exception(KeyError())

    asyncio.run(outer(CloudEvent({"id": "1", "type": "t", "source": "s"}, None)))
    assert [line["svcerrors"]["event"]["id"] for line in written()] == ["1"]


def test_flasks_current_request_is_found(written):
    """An undecorated Flask view's manual capture carries its trace."""
    app = flask.Flask("orders")

    @app.get("/view")
    def view():
        svcerrors.capture_exception(ValueError())
        return ""

    app.test_client().get("/view?secret=1", headers=TRACE)
    [line] = written()
    assert line["httpRequest"]["requestUrl"] == "http://localhost/view"
    assert line["logging.googleapis.com/spanId"] == "00f067aa0ba902b7"


def test_an_argument_that_fails_costs_only_itself(written):
    """The record is whole but for the request."""

    class Odd:
        @property
        def method(self):
            raise SystemExit

    handler(Odd())
    [line] = written()
    assert line["svcerrors"]["internal_error"] == "SystemExit"
    assert line["svcerrors"]["culprit"].endswith(" in handler")


def test_bound_labels_do_not_mix(written):
    """Each thread, and each task, records what was bound in it."""

    def in_thread(number):
        svcerrors.bind(number=number)
        svcerrors.capture_exception(ValueError())

    async def in_task(number):
        svcerrors.bind(number=number)
        await asyncio.sleep(0)
        svcerrors.capture_exception(ValueError())

    async def tasks():
        await asyncio.gather(*map(in_task, range(10, 15)))

    threads = [threading.Thread(target=in_thread, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(tasks())
    assert sorted(line["svcerrors"]["labels"]["number"] for line in written()) == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]


def test_labels_are_bound_unbound_and_restored(written):
    """The nearer label wins: bound, then the decorator's, then the capture's."""
    svcerrors.bind(phase="3", game_date="2026-01-25", kept=1)
    svcerrors.unbind("kept", "never bound")
    with svcerrors.bound(phase="4"):
        svcerrors.capture_exception(ValueError())
    svcerrors.capture_exception(ValueError(), phase="5", correlation_id=7)
    first, second = (line["svcerrors"] for line in written())
    assert (first["phase"], first["labels"]) == ("4", {"game_date": "2026-01-25"})
    assert (second["phase"], second["correlation_id"]) == ("5", "7")


def test_the_logger_is_structlogs():
    """As the program configured it, with the same labels."""
    svcerrors.bind(phase="3")
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        svcerrors.get_logger(attempt=1).info("begun")
    assert logged == [{"event": "begun", "attempt": 1, "phase": "3", "log_level": "info"}]
