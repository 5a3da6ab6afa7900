"""Every view, from input rows to expected rows: one folder a case, the clock at 2026-01-25 12:00 UTC."""

import pytest

from support.cases import as_expected, ask_duckdb, cases, inputs, load
from svcerrors import _schema

CASES = cases("views")
KEYS = {
    "service_errors_unique": "service_name, error_id",
    "service_runs_unique": "service_name, row_id",
    "incidents": "incident_id",
    "error_groups": "fingerprint",
    "startup_failures": "service_name, revision",
    "service_health": "service_name",
    "alert_rules": "rule",
    "alert_settings": "rule, service_name",
    "error_group_states": "fingerprint",
    "firing_heard": "incident_id",
    "firing_groups": "service_name, fingerprint",
    "firing_levels": "service_name, fingerprint",
    "firing_outages": "service_name, fingerprint",
    "firing_services": "service_name, fingerprint",
    "firing_starts": "service_name, fingerprint",
    "firing_rules": "rule, service_name, subject, first_seen",
    "firing_remembered": "service_name, fingerprint",
    "firing_errors": "rule, service_name, subject",
    "manifest_runs": "service_name, run_name",
    "firing_checks": "rule, service_name, subject, first_seen DESC",
    "firing_silence": "service_name",
    "firing_phases": "subject",
    "firing_streaks": "service_name, subject",
    "firing_triggers": "service_name, subject",
    "firing_runs": "rule, service_name, subject",
    "firing_sink": "rule, subject",
    "alerts": "alert_key",
    "resolved_revisions": "fingerprint, stem",
    "upstream_runs": "service_name, run_name, upstream_service, upstream_run",
    "runs_by_processor": "service_name, run_name, phase, processor_name",
    "runs": "service_name, run_id",
    "newest_loads": "table_name",
    "newest_lists": "kind",
    "expected_runs_now": "run_name, service_name, expected_by",
    "run_checks": "check_name, service_name, run_name, expected_at",
    "pipeline_health": "service_name, run_name, phase, processor_name",
    "sink_health": "rows_24h",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_view(case):
    """The rows of a case give the expected rows of its view, in the order of its key, no more and no fewer."""
    view, expected = case.parent.name, load(case / "expect.yaml")
    found = ask_duckdb(inputs(case), f"SELECT * FROM {view} ORDER BY {KEYS[view]}")  # noqa: S608
    assert as_expected(found, expected) == expected


def test_every_view_has_cases():
    """A view without a case is a view that no one has seen work."""
    views = {name for name, view in _schema.relations().items() if not isinstance(view, _schema.Routine)}
    assert {case.parent.name for case in CASES} == views == set(KEYS)


def test_the_clock_of_the_cases_is_in_every_bound():
    """A view or question that read another clock than CURRENT_TIMESTAMP() would not be tested by these cases."""
    for asked in (*_schema.relations().values(), *_schema.queries().values()):
        assert "CURRENT_DATE" not in asked.sql
        assert "CURRENT_TIME(" not in asked.sql
