"""The alert policy: what is read, what is refused in which words, and what is stored."""

import pytest

from svcerrors._errors import UsageError
from svcerrors.ops.expect.document import read_document
from svcerrors.ops.policy import load_policy, read_policy, rules
from svcerrors.warehouse import open_warehouse

KNOWN = ("burst", "new_error", "regressed", "rejects")

WHOLE = """
- route: team
  owner: data
- rule: burst
  service_name: scores
  threshold: 20
  window_minutes: 10
  severity: critical
  route: on-call
  renotify: [60, {after_minutes: 240, route: boss}]
  enabled: yes
- {rule: new_error, service_name: scores, enabled: no}
"""


def read(text):
    return read_policy(read_document("runs.yaml", text.encode()), KNOWN)


@pytest.fixture
def warehouse(tmp_path):
    store = open_warehouse(f"duckdb:{tmp_path}")
    store.apply()
    return store


def test_entries_become_rows():
    """Rule and service are all of them unless said; numbers, truth and names are read as what they are."""
    assert read(WHOLE) == [
        {"rule": "*", "service_name": "*", "route": "team", "owner": "data"},
        {
            "rule": "burst",
            "service_name": "scores",
            "threshold": 20.0,
            "window_minutes": 10,
            "severity": "CRITICAL",
            "route": "on-call",
            "renotify": [{"after_minutes": 60, "route": None}, {"after_minutes": 240, "route": "boss"}],
            "enabled": True,
        },
        {"rule": "new_error", "service_name": "scores", "enabled": False},
    ]


WRONG = {
    "a rule of all for one": (
        "- {rule: rejects, service_name: s, threshold: 1}",
        "rejects is about no single service: leave out service_name",
    ),
    "unknown rule": ("- {rule: brust, threshold: 1}", "there is no rule 'brust': do you mean burst?"),
    "no rule like it": (
        "- {rule: xyz, threshold: 1}",
        "there is no rule 'xyz': there are burst, new_error, regressed, rejects",
    ),
    "negative threshold": ("- {rule: burst, threshold: -1}", "'-1' is no threshold: give a number, 0 or more"),
    "threshold of words": ("- {rule: burst, threshold: many}", "'many' is no threshold"),
    "endless threshold": ("- {rule: burst, threshold: inf}", "'inf' is no threshold"),
    "window of nothing": ("- {rule: burst, window_minutes: 0}", "'0' is no number of minutes, 1 to 10080"),
    "window of years": ("- {rule: burst, window_minutes: 99999999999}", "is no number of minutes, 1 to 10080"),
    "unknown severity": ("- {rule: burst, severity: bad}", "there is no severity 'bad': there are DEFAULT, DEBUG"),
    "bad route": ("- {rule: burst, route: https://x}", "'https://x' is no name of a route"),
    "route in capitals": ("- {rule: burst, route: Team}", "'Team' is no name of a route"),
    "times out of order": ("- {rule: burst, renotify: [240, 60]}", "each time has to be later than the one before"),
    "time twice": ("- {rule: burst, renotify: [60, 60]}", "each time has to be later than the one before"),
    "time of nothing": ("- {rule: burst, renotify: [0]}", "'0' is no number of minutes, 1 to 40320"),
    "step without a time": ("- {rule: burst, renotify: [{route: boss}]}", "a time is missing: after_minutes"),
    "neither yes nor no": ("- {rule: burst, enabled: maybe}", "'maybe' is neither yes nor no"),
    "unknown key": ("- {rule: burst, treshold: 1}", "unknown key 'treshold'"),
    "nothing said": ("- {rule: burst}", "an entry that changes nothing"),
    "said twice": (
        "- {route: a}\n- {route: b}",
        "a second entry for rule *, service *: the first stands at runs.yaml:1",
    ),
    "no list": ("burst: 1", "a list is expected here"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused_at_its_line(text, words):
    """File and line, and what to give instead, in one line."""
    with pytest.raises(UsageError) as caught:
        read(text)
    assert str(caught.value).startswith("runs.yaml:")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_rules_are_those_of_the_warehouse(warehouse):
    """All eighteen of the contract."""
    assert " ".join(rules(warehouse)) == (
        "burst missing_run new_error no_data_streak phase_failing poison_message recurring regressed rejects "
        "route_failing run_gap sink_silent spike stale_service stalled_run startup_failure trigger_missing widespread"
    )


def settings(warehouse, rule, service):
    """Return threshold, route, times, owner and switch of a rule for a service, as the views see them."""
    sql = (
        "SELECT threshold, route, ARRAY_LENGTH(renotify) AS times, owner, is_enabled FROM alert_settings "
        "WHERE rule = @rule AND service_name IN (@service, '*') ORDER BY service_name = '*' LIMIT 1"
    )
    return warehouse.query(sql, {"rule": rule, "service": service}).rows


def test_a_policy_counts_for_the_views(warehouse):
    """The service's own entry, then the one for all, then the rule's own values."""
    load_policy(warehouse, read(WHOLE))

    assert settings(warehouse, "burst", "scores") == [(20.0, "on-call", 2, "data", True)]
    assert settings(warehouse, "burst", "other") == [(10.0, "team", 3, "data", True)]
    assert settings(warehouse, "new_error", "scores") == [(0.0, "team", 3, "data", False)]


def test_the_same_policy_again_stores_nothing(warehouse):
    """And a trial nothing at all."""
    assert [change.change for change in load_policy(warehouse, read(WHOLE), is_trial=True)] == ["new"] * 3
    assert settings(warehouse, "burst", "scores") == [(10.0, "log", 3, None, True)]
    assert [change.change for change in load_policy(warehouse, read(WHOLE))] == ["new"] * 3
    assert load_policy(warehouse, read(WHOLE)) == []


def test_a_policy_that_says_nothing_more_takes_the_former_back(warehouse):
    """`alerts: []` is the rules as they are, not the policy of yesterday."""
    load_policy(warehouse, read(WHOLE))
    load_policy(warehouse, read("[]"))
    assert settings(warehouse, "burst", "scores") == [(10.0, "log", 3, None, True)]
