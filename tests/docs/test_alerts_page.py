"""What docs/alerts.md gives to be copied works."""

import json
import re
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


@pytest.mark.parametrize(
    ("kind", "is_matched"), [("fired", True), ("reminded", True), ("raised", True), ("cleared", False)]
)
def test_the_monitoring_policy_matches_the_lines_that_are_written(kind, is_matched):
    """Its filter, evaluated over the entry that Cloud Logging makes of our line; what it shows is there."""
    policy = json.loads((ROOT / "sink_function/policies/alerts.json").read_text("utf-8"))
    told = json.loads(line(Notice("n", ALERT, 1, kind, "log", None, 0, timedelta(0)), datetime.now(UTC)))
    resource = {"type": "cloud_run_job", "labels": {"job_name": "svcerrors-alerts"}}
    entry = {"resource": resource, "severity": told.pop("severity"), "jsonPayload": told}
    [condition] = policy["conditions"]

    assert Filter(condition["conditionMatchedLog"]["filter"])(entry) == is_matched
    assert condition["conditionMatchedLog"]["labelExtractors"] == {"title": "EXTRACT(jsonPayload.message)"}
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
