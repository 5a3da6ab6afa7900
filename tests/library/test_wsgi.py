"""A request of a WSGI application, from its arrival to the end of its body."""

import gc

import pytest

import svcerrors
from svcerrors.integrations.wsgi import Middleware


def failing(_environ, start_response):
    start_response("503 Service Unavailable", [])
    return iter([b"busy"])


def answer(environ=None):
    return Middleware(failing)({"REQUEST_METHOD": "GET", **(environ or {})}, lambda *_: None)


def drop(body):
    del body
    gc.collect()


@pytest.mark.parametrize("leave", [lambda body: body.close(), lambda body: (body.close(), body.close()), list, drop])
def test_a_request_ends_with_its_body(leave, written):
    """Closed, closed twice, read to its end, or dropped by a server that closes nothing: one record, and it is over."""
    leave(answer())
    svcerrors.capture_exception(KeyError("later"))
    [failed, later] = written()
    assert (failed["svcerrors"]["error_type"], failed["httpRequest"]["requestMethod"]) == ("HttpStatus503", "GET")
    assert "httpRequest" not in later


def test_a_body_that_is_dropped_late_leaves_the_next_request_alone(written):
    """A server may begin the next request in the same thread before it lets go of the last one."""
    last = answer()
    following = answer({"REQUEST_METHOD": "PUT"})
    del last
    svcerrors.capture_exception(KeyError("of the next"))
    assert written()[-1]["httpRequest"]["requestMethod"] == "PUT"
    following.close()
