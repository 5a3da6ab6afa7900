"""One POST against real servers: what is taken, what is tried again, what fails and in which words."""

import time

import pytest

from support.receivers import cut, hang
from svcerrors._errors import RouteFailed
from svcerrors.ops.alerts import post as module
from svcerrors.ops.alerts.post import post


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Wait for tenths of seconds where users wait for seconds."""
    monkeypatch.setattr(module, "_PAUSE", 0.05)
    monkeypatch.setattr(module, "_TIMEOUT", 0.3)


def send(receiver, seconds=5.0):
    post(receiver.url, {"text": "zäh"}, key="k1", deadline=time.monotonic() + seconds)


def failure(receiver, seconds=5.0):
    with pytest.raises(RouteFailed) as caught:
        send(receiver, seconds)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_is_taken_is_sent_once(receiver, status):
    """JSON, with a key by which the receiver knows a second copy."""
    one = receiver(status)
    send(one)
    assert one.bodies == [{"text": "zäh"}]
    assert one.headers[0]["Idempotency-Key"] == "k1"
    assert one.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "first", [500, 502, 503, 504, 429, 408, pytest.param(cut, id="cut"), pytest.param(hang, id="hang")]
)
def test_what_passes_is_tried_again_under_the_same_key(receiver, first):
    """A server that stumbles once is told all the same."""
    one = receiver(first, 200)
    send(one)
    assert len(one.bodies) == 2
    assert {header["Idempotency-Key"] for header in one.headers} == {"k1"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, {}, b"no_service"), "it answers 404: no_service"),
        ((400, {}, b"invalid\n payload" + b"x" * 1000), "it answers 400: invalid payload"),
        (401, "it answers 401"),
    ],
    ids=str,
)
def test_what_will_never_be_taken_is_tried_once(receiver, answer, words):
    """The first words of the answer are told, in one line."""
    one = receiver(answer)
    assert failure(one).startswith(words)
    assert len(one.bodies) == 1


def test_a_server_that_stays_down_is_tried_three_times(receiver):
    """And then it has failed, until the next run."""
    one = receiver((503, {}, b"down"))
    assert failure(one) == "it answers 503: down"
    assert len(one.bodies) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(receiver, status):
    """A POST that is followed becomes a GET, and its words are lost."""
    other = receiver(200)
    one = receiver((status, {"Location": other.url}, b""))
    assert failure(one) == f"it answers {status} and sends elsewhere: give the address that takes a POST itself"
    assert other.bodies == []


def test_a_server_that_hangs_is_given_up(receiver):
    """Three short tries, not one that lasts for ever."""
    one, began = receiver(hang), time.monotonic()
    assert failure(one) == "timed out"
    assert time.monotonic() - began < 3


def test_no_try_begins_after_the_deadline(receiver):
    """Whatever a Retry-After asks for."""
    one, began = receiver((429, {"Retry-After": "3600"}, b"slower")), time.monotonic()
    assert failure(one) == "it answers 429: slower"
    assert (len(one.bodies), time.monotonic() - began < 1) == (1, True)


def test_a_short_retry_after_is_kept(receiver):
    """Slack takes one message a second, and says so."""
    one, began = receiver((429, {"Retry-After": "1"}, b""), 200), time.monotonic()
    send(one)
    assert time.monotonic() - began >= 1


def test_nobody_there_is_told():
    """A closed port, and a name that leads nowhere."""
    for address in ("http://127.0.0.1:1/secret", "http://no-such-host.invalid/secret"):
        with pytest.raises(RouteFailed) as caught:
            post(address, {}, key="k", deadline=time.monotonic() + 1)
        assert "secret" not in str(caught.value)
