"""Proofs of the rules that look at svcerrors itself: the sink, what it could not read, the routes of alerts."""

from collections.abc import Sequence
from itertools import count

from svcerrors.ops.proofs.history import Entry, History, Proof, Terms, above, counted, run
from svcerrors.ops.proofs.of_runs import MARGIN

__all__ = ["PROOFS"]

_NOTICE = {
    "notice_id": "proof",
    "alert_key": "burst:proof:all",
    "episode": 1,
    "kind": "fired",
    "route": "proof",
    "rule": "burst",
    "severity": "ERROR",
    "title": "proof",
}


def _heartbeat(terms: Terms, minutes: float, _: float = 0) -> History:
    name = {"run_name": "heartbeat:svcerrors-sink", "service_name": "svcerrors-sink", "run_id": "heartbeat"}
    return (run(terms, max(minutes, 0), "succeeded", **name),)


def _rejects(_: Terms, number: float, ago: float) -> History:
    rejected = {"reason": "proof", "raw": "cHJvb2Y="}
    return [Entry("service_errors_rejected", ago, rejected) for _ in range(int(number))]


def _refused(_: Terms, number: float, ago: float) -> History:
    told = ({**_NOTICE, "is_sent": False, "failure": "it answers 500"} for _ in range(int(number)))
    return [Entry("alert_log", ago + at / 60, one) for at, one in zip(count(1), told, strict=False)]


def _taken_since(terms: Terms) -> History:
    return (*_refused(terms, above(terms), 1), Entry("alert_log", 0.5, {**_NOTICE, "is_sent": True}))


PROOFS: Sequence[Proof] = (
    Proof(
        "sink_silent",
        lambda t: _heartbeat(t, t.threshold + MARGIN),
        lambda t: _heartbeat(t, t.threshold - MARGIN),
        _heartbeat,
    ),
    counted("rejects", _rejects),
    Proof("route_failing", lambda t: _refused(t, above(t), 1), _taken_since, _refused),
)
