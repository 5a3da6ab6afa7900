"""Proofs of the rules that look at errors."""

import math
from collections.abc import Sequence

from svcerrors.ops.proofs.history import (
    KNOWN,
    MOST,
    Entry,
    History,
    Proof,
    Terms,
    above,
    counted,
    error,
    errors,
    run,
    various,
)

__all__ = ["PROOFS"]

MOST_QUIET = 20
"""Failures that are no spike however few there were before."""

SPREAD = 40
"""Minutes over which a spike is spread, so that it is no burst."""

_REVISION = "svcerrors-proof-00002-abc"
_AT_IMPORT = {
    "error_type": "ModuleNotFoundError",
    "error_message": "No module named 'proof'",
    "error_category": "configuration_error",
    "culprit": "main.py:1 in <module>",
    "mechanism": "traceback_text",
    "revision": _REVISION,
}


def _known(terms: Terms) -> Entry:
    return error(terms, KNOWN)


def _recurring(terms: Terms, number: float, ago: float) -> History:
    return (_known(terms), *errors(terms, number, ago))


def _at_start(terms: Terms) -> History:
    exit_ = {"error_type": "ContainerExit", "error_message": "Container called exit(1).", "mechanism": "platform"}
    return (error(terms, 5, **_AT_IMPORT), error(terms, 4.95, **{**_AT_IMPORT, **exit_, "fingerprint": "v1:exit"}))


def _spike(terms: Terms, number: float, _: float) -> History:
    """Return so many errors within one hour of the clock, and those of the same hour three days before."""
    is_late = terms.past_hour > SPREAD  # enough of this hour has passed, else it is the hour before
    begun = terms.past_hour if is_late else terms.past_hour + 60
    usual = error(terms, begun - SPREAD / 2 + 3 * 1440, occurrences=_usual(terms))
    return (usual, *various(terms, number, begun - SPREAD, SPREAD / (MOST + 1)))


def _usual(terms: Terms) -> int:
    """Return how many errors of seven days make the least spike one of more than MOST_QUIET."""
    return math.ceil(7 * (MOST_QUIET + 1) / max(terms.threshold, 1))


def _least_spike(terms: Terms) -> float:
    return max(math.floor(_usual(terms) / 7 * terms.threshold), MOST_QUIET) + 1


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
    Proof("new_error", lambda t: errors(t, 1, 0.5), lambda t: _recurring(t, 1, 0.5)),
    counted("recurring", _recurring),
    counted("burst", various),
    counted("spike", _spike, _least_spike),
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
