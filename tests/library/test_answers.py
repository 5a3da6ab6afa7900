"""A handler that fails without raising, and one that raises without failing."""

import asyncio
import types

import flask
import pytest
import requests
import starlette.exceptions
import werkzeug.exceptions
from starlette.responses import Response

import svcerrors
from svcerrors import capture_errors

REQUEST = types.SimpleNamespace(method="POST", headers={}, path="/orders")


class Broken(Exception):
    pass


def told(lines):
    return [
        (line["svcerrors"]["error_type"], line["svcerrors"]["mechanism"], line["svcerrors"]["handled"])
        for line in lines
    ]


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (("busy", 503), "HttpStatus503"),
        (("busy", 500, {"Retry-After": "1"}), "HttpStatus500"),
        (("busy", "502 Bad Gateway"), "HttpStatus502"),
        (flask.Response("busy", 500), "HttpStatus500"),
        (Response("busy", 504), "HttpStatus504"),
    ],
)
def test_a_returned_failure_is_an_error(answer, error_type, written):
    """A handler that answers 5xx has failed, whether it raised or not."""

    @capture_errors(labels={"phase": "3"})
    def handler(_request):
        return answer

    assert handler(REQUEST) is answer
    [line] = written()
    assert told([line]) == [(error_type, "decorator", True)]
    assert line["svcerrors"]["culprit"].startswith("test_answers.py:")
    assert line["svcerrors"]["culprit"].endswith(" in handler")
    assert line["svcerrors"]["error_message"] == f"handler answered {error_type[-3:]}"
    assert line["svcerrors"]["phase"] == "3"


def test_an_asynchronous_handler(written):
    """FastAPI's endpoints need not take the request."""

    @capture_errors
    async def handler(_request):
        return Response("busy", 503)

    asyncio.run(handler(REQUEST))
    asyncio.run(capture_errors(_endpoint)())
    assert told(written()) == [("HttpStatus503", "decorator", True)] * 2


async def _endpoint():
    return Response("busy", 503)


def upstream():
    response = requests.Response()
    response.status_code = 503
    return response


@pytest.mark.parametrize(
    "answer", [("fine", 200), ("gone", 404), "fine", None, ("rows", 500.0), (), upstream(), Response("fine")]
)
def test_any_other_answer_is_none(answer, written):
    """What another service answered is no answer of ours."""
    assert capture_errors(lambda _request: answer)(REQUEST) is answer
    assert written() == []


def test_a_helper_is_no_handler(written):
    """The team's own code may return a number that looks like a status."""

    @capture_errors
    def fetch():
        return "rows", 503

    app = flask.Flask("orders")
    with app.test_request_context("/"):
        assert fetch() == ("rows", 503)
    assert written() == []


def test_nothing_is_asked_of_a_strangers_object(written):
    """A model's attribute may run a query; no handler returns one."""

    class Order:
        def __getattribute__(self, name):
            raise AssertionError(name)

    order = Order()
    assert capture_errors(lambda _request: order)(REQUEST) is order
    assert written() == []


def test_a_view_of_flask_is_a_handler(written):
    """Flask calls it with no request."""
    app = flask.Flask("orders")

    @app.get("/<name>")
    @capture_errors
    def view(name):
        return name, 500

    assert app.test_client().get("/x").status_code == 500
    [line] = written()
    assert line["svcerrors"]["error_message"] == "view answered 500"
    assert line["httpRequest"]["requestUrl"].endswith("/x")


def test_an_error_and_its_answer_are_one(written):
    """Who captures the error and answers 500 has said it already; the next call says it anew."""

    @capture_errors
    def handler(_request, error=None):
        try:
            if error:
                raise error
        except Broken:
            svcerrors.capture_exception()
        return "no", 500

    handler(REQUEST, Broken())
    assert told(written()) == [(f"{__name__}.Broken", "manual", True)]
    handler(REQUEST)
    assert told(written()) == [("HttpStatus500", "decorator", True)]


def test_a_swallowed_error_is_seen(written):
    """The block stands inside the try that swallows, and says that the program goes on."""

    @capture_errors
    def handler(_request):
        try:
            with capture_errors(swallowed=True):
                raise Broken
        except Broken:
            return "always fine", 200

    assert handler(REQUEST) == ("always fine", 200)
    assert told(written()) == [(f"{__name__}.Broken", "context_manager", True)]


def test_an_error_is_seen_where_it_is_swallowed(written):
    """The block stands in the except clause."""
    try:
        raise Broken
    except Broken:
        with capture_errors(swallowed=True) as captured:
            pass
    [line] = written()
    assert line["svcerrors"]["error_id"] == captured.error_id
    with capture_errors(swallowed=True) as captured:
        pass
    assert (captured.error_id, written()) == (None, [])


@pytest.mark.parametrize(
    "answer",
    [
        werkzeug.exceptions.NotFound(),
        werkzeug.exceptions.BadRequestKeyError(),
        werkzeug.exceptions.HTTPException(response=flask.Response("gone", 410)),
        starlette.exceptions.HTTPException(404),
    ],
)
def test_an_exception_that_is_an_answer_passes_unrecorded(answer, written):
    """abort(404) is how a framework spells an answer; nothing ends it on its way."""
    with pytest.raises(type(answer)), capture_errors(reraise=False):
        raise answer

    @capture_errors(reraise=False)
    def handler():
        raise answer

    with pytest.raises(type(answer)):
        handler()
    assert written() == []


@pytest.mark.parametrize("answer", [werkzeug.exceptions.BadGateway(), starlette.exceptions.HTTPException(500)])
def test_an_exception_for_a_failure_is_an_error(answer, written):
    """abort(502) is one."""
    with pytest.raises(type(answer)), capture_errors():
        raise answer
    assert len(written()) == 1
