"""Many notices on many routes at once."""

import json
import time
from datetime import timedelta

from support.receivers import drip, hang
from svcerrors.ops.alerts import post as module
from svcerrors.ops.alerts import sending
from svcerrors.ops.alerts.notices import Alert, Notice
from svcerrors.ops.alerts.sending import send


def notice(number, route):
    alert = Alert(f"new_error:s:{number}", "new_error", "ERROR", f"s: error {number}", "s")
    return Notice(f"n{number}-{route}", alert, 1, "fired", route, None, 0, timedelta(0))


def outcomes(notices, environ, seconds=5.0):
    return {one.notice.notice_id: one.failure for batch in send(notices, environ, seconds) for one in batch}


def test_a_route_that_hangs_hinders_no_other(receiver, monkeypatch, capfd):
    """The log line and the working webhook are told at once; the route that hangs has failed at the deadline."""
    monkeypatch.setattr(module, "_TIMEOUT", 0.4)
    slow, quick = receiver(hang), receiver(200)
    environ = {"SVCERRORS_ROUTE_SLOW": slow.url, "SVCERRORS_ROUTE_QUICK": quick.url}
    began, told = time.monotonic(), []
    for batch in send([notice(1, "slow"), notice(2, "quick"), notice(3, "log")], environ, 1.0):
        told += [(one.notice.route, one.failure, time.monotonic() - began < 0.5) for one in batch]

    assert told[:2] == [("log", None, True), ("quick", None, True)]
    assert [(route, bool(failure)) for route, failure, _ in told[2:]] == [("slow", True)]
    assert time.monotonic() - began < 2
    assert json.loads(capfd.readouterr().out)["svcerrors"]["notice_id"] == "n3-log"


def test_a_receiver_that_drips_is_given_up_at_the_deadline(receiver):
    """No single read times out there; only the whole does."""
    one, began = receiver(drip), time.monotonic()
    found = outcomes([notice(1, "a"), notice(2, "a")], {"SVCERRORS_ROUTE_A": one.url}, 0.5)
    assert found == {"n1-a": "no answer within 0.5 s", "n2-a": "no answer within 0.5 s"}
    assert time.monotonic() - began < 2


def test_one_notice_that_is_refused_does_not_keep_back_the_next(receiver):
    """A receiver that dislikes one message gets the others."""
    one = receiver(400, 200, 200)
    found = outcomes([notice(number, "a") for number in range(3)], {"SVCERRORS_ROUTE_A": one.url})
    assert found == {"n0-a": "it answers 400", "n1-a": None, "n2-a": None}


def test_a_route_without_an_address_has_failed():
    """It is not skipped."""
    assert outcomes([notice(1, "pager")], {}) == {"n1-pager": "it has no address: set SVCERRORS_ROUTE_PAGER"}


def test_slack_is_known_by_its_address(receiver, monkeypatch):
    """Slack takes a text, any other webhook the fields."""
    one = receiver(200)
    outcomes([notice(1, "a")], {"SVCERRORS_ROUTE_A": one.url})
    monkeypatch.setattr(sending, "is_slack", lambda _: True)
    outcomes([notice(1, "a")], {"SVCERRORS_ROUTE_A": one.url})
    assert [sorted(body)[:2] for body in one.bodies] == [["alert_key", "episode"], ["text"]]
