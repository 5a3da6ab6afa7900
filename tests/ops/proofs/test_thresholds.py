"""Around every threshold: one below, at, one above; a second on either side of every edge. The clock stands still."""

import math
from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.cases import CLOCK, ask_duckdb, numbered
from svcerrors.ops.proofs.history import Terms, above, reached, rows
from svcerrors.ops.proofs.prove import PROOFS

SECOND = 1 / 60
WINDOW = {"poison_message": 120, "burst": 5}
"""Minutes; an hour unless said."""

COUNTED = {
    "recurring": above,
    "burst": above,
    "poison_message": above,
    "phase_failing": reached,
    "no_data_streak": reached,
    "missing_run": above,
    "stalled_run": above,
}
OF_ALL = {"rejects": above, "route_failing": above, "widespread": above}
MEASURED = {"run_gap": 1, "stale_service": 60}
"""Minutes of one unit of the threshold."""

OF_LOAD = ("load_rows", "load_row")
"""What each history says of a load of its own; those of all members are one."""

OVERDUE = {"missing_run": 17, "stalled_run": 17}
"""Minutes ago at which the newest was due, or began; half a minute unless said."""

FEW = settings(max_examples=3, deadline=None)


@dataclass(frozen=True)
class Member:
    """A service with a threshold of its own, and what happened to it."""

    terms: Terms
    history: tuple


def fired(members):
    """Return the services for which the rule of the members fires, all others switched off."""
    rule = members[0].terms.rule
    made = defaultdict(list)
    load = {"load_id": "p", "loaded_at": CLOCK.isoformat()}
    others = ({"rule": name, "service_name": "*", "enabled": False} for name in PROOFS if name != rule)
    own = (
        {
            "rule": rule,
            "service_name": one.terms.service_name,
            "threshold": one.terms.threshold,
            "window_minutes": one.terms.window_minutes,
        }
        for one in members
    )
    made["alert_policy"] = [{**load, **row} for row in (*others, *own)]
    number = 0
    for one in members:
        for table, some in rows(one.history, CLOCK).items():
            for row in some:
                number += 1
                ids = {name: f"{row[name]}-{number}" for name in ("error_id", "row_id") if name in row}
                made[table].append({name: value for name, value in row.items() if name not in OF_LOAD} | ids)
    whole = {table: numbered(table, some) for table, some in made.items()}
    found = ask_duckdb(whole, "SELECT service_name FROM alerts WHERE rule = @rule", {"rule": rule})
    return {name for (name,) in found.rows}


def member(rule, number, threshold, amount, ago=0.5):
    terms = Terms(rule, threshold, WINDOW.get(rule, 60), f"s{number}")
    return Member(terms, tuple(PROOFS[rule].measured(terms, amount, ago)))


@pytest.mark.parametrize("rule", COUNTED)
@FEW
@given(drawn=st.lists(st.tuples(st.integers(0, 12), st.sampled_from([-1, 0, 1])), min_size=1, max_size=5))
def test_a_rule_that_counts_fires_from_its_threshold_on(rule, drawn):
    """Whatever a team sets for each of its services: the least count that fires does, one less does not."""
    least = COUNTED[rule]
    members, expected = [], set()
    for number, (threshold, delta) in enumerate(drawn):
        terms = Terms(rule, threshold, 60)
        amount = max(least(terms) + delta, 0)
        members.append(member(rule, number, threshold, amount, OVERDUE.get(rule, 0.5)))
        expected |= {f"s{number}"} if amount >= least(terms) else set()
    assert fired(members) == expected


@pytest.mark.parametrize("rule", OF_ALL)
@FEW
@given(threshold=st.integers(0, 6), delta=st.sampled_from([-1, 0, 1]))
def test_a_rule_about_no_single_service_counts_too(rule, threshold, delta):
    """Its threshold is the one for every service."""
    terms = Terms(rule, threshold, 60)
    amount = max(OF_ALL[rule](terms) + delta, 0)
    one = Member(terms._replace(service_name="*"), tuple(PROOFS[rule].measured(terms, amount, 0.5)))
    assert bool(fired([one])) == (amount >= OF_ALL[rule](terms))


@pytest.mark.parametrize("rule", ["recurring", "burst", "poison_message"])
@FEW
@given(threshold=st.integers(1, 8), window=st.integers(2, 90))
def test_the_window_ends_to_the_second(rule, threshold, window):
    """All but one now, and one a second before or after the window began: it counts, or it does not."""
    members = []
    for name, ago in (("inside", window - SECOND), ("outside", window + SECOND)):
        terms = Terms(rule, threshold, window, name)
        now, before = above(terms) - 1, PROOFS[rule].measured
        members.append(Member(terms, (*before(terms, now, 0), *before(terms, 1, ago))))
    assert fired(members) == {"inside"}


@pytest.mark.parametrize("rule", MEASURED)
@FEW
@given(threshold=st.integers(1, 20))
def test_a_rule_that_measures_time_fires_from_the_second_after(rule, threshold):
    """A second before it is quiet, and a second after it fires."""
    at = threshold * MEASURED[rule]
    before, after = (member(rule, number, threshold, at + by) for number, by in ((0, -SECOND), (1, SECOND)))
    assert fired([before, after]) == {"s1"}


@FEW
@given(threshold=st.integers(15, 60))
def test_the_sink_is_silent_from_the_second_after(threshold):
    """There is one sink, so one threshold."""
    terms = Terms("sink_silent", threshold, 15, "*")
    quiet, silent = (Member(terms, PROOFS["sink_silent"].measured(terms, threshold + by)) for by in (-SECOND, SECOND))
    assert (bool(fired([quiet])), bool(fired([silent]))) == (False, True)


@FEW
@given(threshold=st.integers(2, 10))
def test_a_spike_is_so_many_times_the_usual(threshold):
    """One more than so many times what each of the days before had."""
    proof, terms = PROOFS["spike"], Terms("spike", threshold, 60, "s")
    assert fired([Member(terms, tuple(proof.fires(terms)))]) == {"s"}
    assert fired([Member(terms, tuple(proof.quiet(terms)))]) == set()


def test_above_and_reached_are_whole_counts():
    """A threshold with a fraction is exceeded by the next whole count."""
    assert [above(Terms("r", threshold, 1)) for threshold in (0, 1, 1.5)] == [1, 2, 2]
    assert [reached(Terms("r", threshold, 1)) for threshold in (0, 1, 1.5)] == [1, 1, math.ceil(1.5)]
