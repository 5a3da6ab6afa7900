"""`alerts test`: every rule is proved, and what is wrong with a rule, a threshold or a route is told."""

import json
from datetime import UTC, datetime

import pytest

from support.processes import svcerrors
from svcerrors.ops.expect.loads import write
from svcerrors.ops.policy import ALERT_POLICY, rules
from svcerrors.ops.proofs import prove as module
from svcerrors.ops.proofs.history import KNOWN, Proof, Terms, error, rows
from svcerrors.ops.proofs.prove import PROOFS, prove
from svcerrors.warehouse import open_warehouse


@pytest.fixture
def store(tmp_path):
    opened = open_warehouse(f"duckdb:{tmp_path / 'w'}")
    opened.apply()
    return opened


def policy(store, *entries):
    write(store, ALERT_POLICY, [{"rule": "*", "service_name": "*", **entry} for entry in entries])


def only(monkeypatch, **proofs):
    """Prove these rules, and no others."""
    settings = module._settings
    monkeypatch.setattr(module, "PROOFS", {rule: proof for rule, proof in proofs.items() if proof})
    monkeypatch.setattr(module, "_settings", lambda store: [row for row in settings(store) if row["rule"] in proofs])


def test_every_rule_has_a_proof(store):
    """A rule without a history that fires it is a rule that no one has seen fire."""
    assert sorted(PROOFS) == rules(store)


def test_the_teams_own_thresholds_are_proved(store, monkeypatch):
    """For every service, and for each whose setting is another."""
    only(monkeypatch, burst=PROOFS["burst"])
    policy(store, {"rule": "burst", "service_name": "loud", "threshold": 500}, {"service_name": "x", "rule": "spike"})
    found = [(one.service_name, one.threshold, one.fault) for one in prove(store, {})]
    assert found == [("*", 10.0, None), ("loud", 500.0, None)]


def test_a_rule_that_cannot_fire_is_told(store, monkeypatch):
    """Whatever the reason: the history that must fire it does not."""
    only(monkeypatch, burst=Proof("burst", lambda _: (), lambda _: ()))
    assert [one.fault for one in prove(store, {})] == ["it does not fire when it must: it cannot fire as it is set"]


def test_a_rule_that_fires_always_is_told(store, monkeypatch):
    """The neighbour that must not fire it does."""
    fires = PROOFS["new_error"].fires
    only(monkeypatch, new_error=Proof("new_error", fires, fires))
    assert [one.fault for one in prove(store, {})] == ["it fires when it must not"]


def test_a_rule_of_which_nothing_is_known_is_told(store, monkeypatch):
    """A rule that someone adds without a proof is not taken for proved."""
    only(monkeypatch, burst=None)
    assert [one.fault for one in prove(store, {})] == ["no history is known that fires it"]


def test_a_route_without_an_address_is_told(store, monkeypatch):
    """Of the alert, and of its later reminders; with an address all is well."""
    only(monkeypatch, burst=PROOFS["burst"])
    policy(store, {"route": "team", "renotify": [{"after_minutes": 60, "route": "boss"}]})
    [lacking], [proved] = (
        list(prove(store, environ))
        for environ in (
            {"SVCERRORS_ROUTE_TEAM": "https://example.com"},
            {"SVCERRORS_ROUTE_TEAM": "https://example.com", "SVCERRORS_ROUTE_BOSS": "https://example.com"},
        )
    )
    assert lacking.fault == "route boss: it has no address: set SVCERRORS_ROUTE_BOSS"
    assert proved.fault is None


def test_a_rule_that_is_switched_off_is_not_proved(store, monkeypatch):
    """It is said, and is no fault: the team wants it so."""
    only(monkeypatch, burst=PROOFS["burst"])
    policy(store, {"rule": "burst", "enabled": False})
    assert [(one.fault, one.note) for one in prove(store, {})] == [(None, "switched off by the policy")]


def test_nothing_goes_into_the_warehouse_itself(store, monkeypatch):
    """The proof is made beside it."""
    only(monkeypatch, burst=PROOFS["burst"])
    list(prove(store, {}))
    assert store.query("SELECT COUNT(*) FROM service_errors").rows == [(0,)]


def test_a_history_becomes_rows_that_lie_before_now():
    """Minutes ago become times, each row an id of its own."""
    now, terms = datetime(2026, 1, 25, 12, tzinfo=UTC), Terms("burst", 10, 5, "s")
    made = rows([error(terms, 1), error(terms, KNOWN)], now)["service_errors"]
    assert [row["error_timestamp"] for row in made] == ["2026-01-25T11:59:00+00:00", "2026-01-23T06:00:00+00:00"]
    assert len({row["error_id"] for row in made}) == 2


@pytest.mark.timeout(300)  # thirty-six stores, each with all the views
def test_the_verb_proves_all_rules_and_exits_0(tmp_path):
    """As CI and a team run it: one line a rule."""
    done = svcerrors("alerts", "test", "--warehouse", f"duckdb:{tmp_path}", timeout=280)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["rule"], row["why"]) for row in found if not row["is_proved"]] == []
    assert (done.returncode, len(found)) == (0, 18)


def test_the_verb_exits_1_when_something_is_not_proved(tmp_path):
    """A route that leads nowhere is enough."""
    store = open_warehouse(f"duckdb:{tmp_path}")
    store.apply()
    policy(store, {"enabled": False}, {"rule": "burst", "enabled": True, "route": "pager"})
    done = svcerrors("alerts", "test", "--warehouse", f"duckdb:{tmp_path}")
    told = [json.loads(line)["why"] for line in done.stdout.splitlines()]
    assert (done.returncode, told[0]) == (1, "route pager: it has no address: set SVCERRORS_ROUTE_PAGER")
