"""Proofs of the rules that look at errors."""

import math
from collections.abc import Sequence

from svcerrors.ops.proofs.history import KNOWN, Entry, History, Proof, Terms, above, counted, error, errors, run

__all__ = ["PROOFS"]

MOST_QUIET = 20
"""Failures that are no spike however few there were before."""

_REVISION = "svcerrors-proof-00002-abc"
_AT_IMPORT = {
    "error_type": "ModuleNotFoundError",
    "error_message": "No module named 'proof'",
    "error_category": "configuration_error",
    "culprit": "main.py:1 in <module>",
    "mechanism": "traceback_text",
    "revision": _REVISION,
}


def _new_error(terms: Terms, number: float, ago: float) -> History:
    return errors(terms, number, ago)


def _known(terms: Terms) -> Entry:
    return error(terms, KNOWN)


def _burst(terms: Terms, number: float, ago: float) -> History:
    return (_known(terms), *errors(terms, number, ago))


def _at_start(terms: Terms) -> History:
    exit_ = {"error_type": "ContainerExit", "error_message": "Container called exit(1).", "mechanism": "platform"}
    return (error(terms, 5, **_AT_IMPORT), error(terms, 4.95, **{**_AT_IMPORT, **exit_, "fingerprint": "v1:exit"}))


def _spike(terms: Terms, number: float, ago: float) -> History:
    """Return so many errors, and in the same hour of each of seven days before as many as make them a spike or none."""
    before = (errors(terms, _usual(terms), ago + day * 1440) for day in range(1, 8))
    return (*(entry for day in before for entry in day), *errors(terms, number, ago))


def _usual(terms: Terms) -> int:
    return math.ceil((MOST_QUIET + 1) / max(terms.threshold, 1))


def _poison(terms: Terms, number: float, ago: float) -> History:
    return (_known(terms), *errors(terms, number, ago, event={"id": "proof"}))


def _widespread(terms: Terms, number: float, ago: float) -> History:
    services = [
        {"service_name": f"{terms.service_name}-{n}", "fingerprint": f"v1:proof-{n}"} for n in range(int(number))
    ]
    return [error(terms, at, **one) for one in services for at in (KNOWN, ago)]


def _resolved(terms: Terms, number: float, ago: float, revision: str = "proof-00002-abc") -> History:
    said = {"state_id": "proof", "fingerprint": "v1:proof", "state": "resolved", "revisions": ["proof-00001-abc"]}
    before = error(terms, KNOWN, revision="proof-00001-abc")
    return (before, Entry("error_states", ago + 30, said), *errors(terms, number, ago, revision=revision))


PROOFS: Sequence[Proof] = (
    Proof(
        "new_error",
        lambda t: _new_error(t, 1, 0.5),
        lambda t: (_known(t), *_new_error(t, 1, 0.5)),
        _new_error,
    ),
    counted("recurring", _burst),
    counted("burst", _burst),
    counted("spike", _spike, lambda t: math.floor(_usual(t) * t.threshold) + 1),
    counted("poison_message", _poison),
    counted("widespread", _widespread),
    Proof(
        "regressed",
        lambda t: _resolved(t, above(t), 0.5),
        lambda t: _resolved(t, above(t), 0.5, "proof-00001-abc"),
        _resolved,
    ),
    Proof(
        "startup_failure",
        _at_start,
        lambda t: (*_at_start(t), run(t, 1, "answered", evidence="observed", revision=_REVISION)),
    ),
)
