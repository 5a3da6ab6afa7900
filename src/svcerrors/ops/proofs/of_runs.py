"""Proofs of the rules that look at runs: those that did not come, did not end, did not follow, or brought nothing."""

from collections.abc import Sequence
from datetime import timedelta

from svcerrors.ops.proofs.history import Entry, History, Proof, Terms, above, counted, expected, reached, run

__all__ = ["PROOFS"]

GRACE = 15
"""Minutes within which a run is not yet missing, and within which one that goes on is not yet stalled."""

MARGIN = 2
"""Minutes on either side of a time: a proof is not read in the moment in which it was written."""

_DUE = GRACE + MARGIN
_TRIGGER = "projects/proof/locations/proof/jobs/proof"


def _due(terms: Terms, number: float, ago: float = _DUE) -> History:
    times = [timedelta(minutes=ago + n) for n in range(int(number))]
    runs = [{"run_key": f"proof-{n}", "expected_by": at, "grace_minutes": GRACE} for n, at in enumerate(times)]
    return expected(terms, *runs)


def _came(terms: Terms) -> History:
    some = range(int(above(terms)))
    ended = (run(terms, _DUE + n + 1, "succeeded", run_id=f"proof-{n}", run_key=f"proof-{n}") for n in some)
    return (*_due(terms, above(terms)), *ended)


def _started(terms: Terms, number: float, ago: float = _DUE) -> History:
    begun = (run(terms, ago + n, "started", run_id=f"proof-{n}") for n in range(int(number)))
    return (*expected(terms, {"max_minutes": GRACE}), *begun)


def _ended(terms: Terms) -> History:
    some = range(int(above(terms)))
    ended = (run(terms, _DUE + n - 0.5, "succeeded", run_id=f"proof-{n}") for n in some)
    return (*_started(terms, above(terms)), *ended)


def _gap(terms: Terms, minutes: float, _: float = 0) -> History:
    before = f"{terms.service_name}-before"
    ran = {"run_name": before, "run_id": "before"}
    ends = (run(terms, minutes + 5, "started", **ran), run(terms, max(minutes, 0), "succeeded", **ran))
    return (*expected(terms, {"run_name": before}, {"follows": before}), *ends)


def _stale(terms: Terms, minutes: float, _: float = 0) -> History:
    return (run(terms, minutes, "answered", evidence="observed"),)


def _phase(terms: Terms, number: float, ago: float) -> History:
    where = {"phase": terms.service_name, "processor_name": "proof"}
    failed = (run(terms, ago + n / 10, "failed", run_id=f"proof-{n}", **where) for n in range(int(number)))
    return tuple(failed)


def _streak(terms: Terms, number: float, ago: float = _DUE) -> History:
    most = int(reached(terms)) + 1
    days = [ago + day * 1440 for day in range(most)]
    runs = [{"run_key": f"proof-{n}", "expected_by": timedelta(minutes=at)} for n, at in enumerate(days)]
    status = ["no_data"] * int(number) + ["succeeded"] * (most - int(number))
    came = [run(terms, at + 1, status[n], run_id=f"p{n}", run_key=f"proof-{n}") for n, at in enumerate(days)]
    return (*expected(terms, *runs), *came)


def _triggers(terms: Terms, listed: str) -> History:
    seen = {"load_id": "proof", "load_rows": 1, "load_row": 1, "kind": "scheduler", "trigger_name": listed}
    return (*expected(terms, {"trigger_name": _TRIGGER}), Entry("triggers_seen", 5, {**seen, "state": "ENABLED"}))


PROOFS: Sequence[Proof] = (
    Proof("missing_run", lambda t: _due(t, above(t)), _came, _due),
    Proof("stalled_run", lambda t: _started(t, above(t)), _ended, _started),
    Proof("run_gap", lambda t: _gap(t, t.threshold + MARGIN), lambda t: _gap(t, t.threshold - MARGIN), _gap),
    Proof(
        "stale_service",
        lambda t: _stale(t, t.threshold * 60 + MARGIN),
        lambda t: _stale(t, max(t.threshold * 60 - MARGIN, 0)),
        _stale,
    ),
    counted("phase_failing", _phase, reached),
    counted("no_data_streak", _streak, reached, _DUE),
    Proof("trigger_missing", lambda t: _triggers(t, f"{_TRIGGER}-of-another"), lambda t: _triggers(t, _TRIGGER)),
)
