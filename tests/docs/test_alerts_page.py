"""What docs/alerts.md gives to be copied works."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.logfilter import Filter
from svcerrors.ops.alerts.messages import line
from svcerrors.ops.alerts.notices import Alert, Notice
from svcerrors.ops.expect.document import read_document
from svcerrors.ops.policy import read_policy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/alerts.md").read_text("utf-8")
ALERT = Alert("burst:s:all", "burst", "CRITICAL", "s: 11 failures within 5 minutes", "s")
POLICIES = ("alerts", "alerts-critical")


def condition(name):
    policy = json.loads((ROOT / f"sink_function/policies/{name}.json").read_text("utf-8"))
    [only] = policy["conditions"]
    return only["conditionMatchedLog"]


@pytest.mark.parametrize("kind", ["fired", "reminded", "raised", "joined", "cleared"])
@pytest.mark.parametrize(
    ("severity", "policy"),
    [("WARNING", "alerts"), ("ERROR", "alerts"), ("CRITICAL", "alerts-critical"), ("EMERGENCY", "alerts-critical")],
)
def test_one_monitoring_policy_matches_each_line_that_is_written(severity, policy, kind):
    """Filters, evaluated over the entry that Cloud Logging makes of our line: no WARNING holds up a CRITICAL."""
    notice = Notice("n", replace(ALERT, severity=severity), 1, kind, "log", None, 0, timedelta(0))
    told = json.loads(line(notice, datetime.now(UTC)))
    resource = {"type": "cloud_run_job", "labels": {"job_name": "svcerrors-alerts"}}
    entry = {"resource": resource, "severity": told.pop("severity"), "jsonPayload": told}

    matching = [name for name in POLICIES if Filter(condition(name)["filter"])(entry)]
    assert matching == ([] if kind in {"joined", "cleared"} else [policy])


@pytest.mark.parametrize("name", POLICIES)
def test_a_monitoring_policy_shows_the_headline(name):
    """What is extracted for its text is there, and says what the alert is about."""
    told = json.loads(line(Notice("n", ALERT, 1, "fired", "log", None, 0, timedelta(0)), datetime.now(UTC)))

    assert condition(name)["labelExtractors"] == {"title": "EXTRACT(jsonPayload.message)"}
    assert told["message"].endswith(ALERT.title)


def test_the_policy_that_is_shown_is_read():
    """Every key that the page has is one that is known."""
    text = re.search(r"```yaml\nalerts:\n(.*?)```", PAGE, re.DOTALL)[1]
    rows = read_policy(read_document("runs.yaml", text.encode()), ["burst", "new_error"])
    assert [(row["rule"], row["service_name"]) for row in rows] == [
        ("*", "*"),
        ("burst", "*"),
        ("*", "phase3-to-phase4"),
        ("new_error", "scratchpad"),
    ]
