"""What is told, in the words of each receiver."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.ops.alerts.messages import body, headline, line, slack
from svcerrors.ops.alerts.notices import Alert, Notice

NOW = datetime(2026, 1, 25, 14, 2, tzinfo=UTC)
TITLE = "phase3-to-phase4 cannot start since 14:02 (rev 00031): No module named 'shared.utils'"
ALERT = Alert("startup_failure:p:v1:f", "startup_failure", "CRITICAL", TITLE, "p", "v1:f", 12, NOW)
DETAILS = {
    "reason": "no <answer> & no log",
    "owner": "data",
    "links": [{"name": "logs", "url": "https://x?a=1&b"}],
    "last_seen": NOW,
}
FIRED = Notice("n1", ALERT, 1, "fired", "log", None, 0, timedelta(0), details=DETAILS)
REMINDED = replace(FIRED, kind="reminded", step_minutes=240, lasts=timedelta(minutes=245))
CLEARED = replace(FIRED, kind="cleared", lasts=timedelta(days=2, hours=3), details={})
JOINED = replace(CLEARED, kind="joined", details={"part_of": "widespread:*:all", "reason": "6 services fail at once"})


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (FIRED, TITLE),
        (replace(REMINDED, kind="raised"), f"now {REMINDED.alert.severity}, after 4 h 5 min, 12 times: {TITLE}"),
        (REMINDED, f"still, after 4 h 5 min, 12 times: {TITLE}"),
        (CLEARED, f"no longer fires or is muted, after 2 d 3 h, 12 times: {TITLE}"),
        (
            replace(CLEARED, is_late=True),
            f"no longer fires or is muted, after 2 d 3 h, 12 times; it could not be told when it fired: {TITLE}",
        ),
        (
            replace(CLEARED, lasts=timedelta(seconds=59), alert=replace(ALERT, occurrences=1)),
            f"no longer fires or is muted, after 0 min, 1 time: {TITLE}",
        ),
        (
            replace(CLEARED, lasts=timedelta(days=1), alert=replace(ALERT, occurrences=None, fingerprint=None)),
            f"no longer fires, after 1 d: {TITLE}",
        ),
    ],
)
def test_the_first_line_says_all(notice, words):
    """The title when it fires; for how long and how often when it goes on, and at the end."""
    assert headline(notice) == words


def test_what_an_alert_became_part_of_is_said():
    """Which alert stands for it now, and what that says; on the first line that it is neither over nor news."""
    assert headline(JOINED) == f"now part of widespread:*:all, after 2 d 3 h, 12 times: {TITLE}"
    assert headline(replace(JOINED, details={})) == f"now part of another alert, after 2 d 3 h, 12 times: {TITLE}"
    assert slack(JOINED)["text"].splitlines() == [
        f"*JOINED* {headline(JOINED)}",
        "6 services fail at once",
        "startup_failure",
    ]
    told = json.loads(line(JOINED, NOW))
    assert (told["severity"], told["svcerrors"]["part_of"]) == ("NOTICE", "widespread:*:all")


def test_a_line_is_a_structured_log_line():
    """Severity and message where Cloud Logging lifts them; alert_key where a policy can ask for it."""
    told = json.loads(line(FIRED, NOW))
    assert (told["severity"], told["message"], told["time"]) == ("CRITICAL", TITLE, "2026-01-25T14:02:00Z")
    assert told["logging.googleapis.com/insertId"] == "n1"
    assert told["svcerrors"] == {
        "schema_version": 1,
        "kind": "alert",
        "notice": "fired",
        "notice_id": "n1",
        "alert_key": ALERT.alert_key,
        "episode": 1,
        "rule": "startup_failure",
        "severity": "CRITICAL",
        "service_name": "p",
        "fingerprint": "v1:f",
        "title": TITLE,
        "occurrences": 12,
        "first_seen": "2026-01-25T14:02:00Z",
        "lasts_seconds": 0,
        **DETAILS,
        "last_seen": "2026-01-25T14:02:00Z",
    }
    assert line(FIRED, NOW).endswith(b"}\n")


def test_an_all_clear_is_no_error():
    """A policy that pages on severity must not page on the end."""
    assert json.loads(line(CLEARED, NOW))["severity"] == "NOTICE"


def test_the_sink_makes_no_row_of_a_line_of_ours():
    """The alert job writes into the log that the sink reads: what it says must not become an error, and an alert."""
    told = json.loads(line(FIRED, NOW))
    written = entry(log="run.googleapis.com%2Fstdout", severity=told.pop("severity"))
    written.pop("textPayload", None)
    assert logs.parse({**written, "jsonPayload": told}) == []


def test_slack_is_sent_text_and_what_it_would_read_as_markup_is_escaped():
    """A message with <, > or & stays what it is."""
    text = slack(FIRED)["text"]
    assert text.splitlines() == [
        f"*CRITICAL* {TITLE}",
        "no &lt;answer&gt; &amp; no log",
        "startup_failure · owner: data · <https://x?a=1&amp;b|logs>",
    ]
    assert slack(CLEARED)["text"].startswith("*OK* no longer fires or is muted")


def test_a_webhook_is_sent_json_with_every_field():
    """Plain JSON values, and a text for those who want nothing else."""
    told = body(FIRED)
    assert (told["text"], told["alert_key"], told["first_seen"]) == (TITLE, ALERT.alert_key, "2026-01-25T14:02:00Z")
    assert json.loads(json.dumps(told)) == told
