"""svcerrors.ops.expect.manifest: what a file says is read as it stands there, or refused with its line."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcerrors._errors import UsageError
from svcerrors.ops.expect.keys import KEYS
from svcerrors.ops.expect.manifest import read_manifest

PAGE = (Path(__file__).parents[3] / "docs" / "expected-runs.md").read_text("utf-8")


def runs(text):
    return read_manifest("runs.yaml", text.encode()).runs


def test_every_key_becomes_its_columns():
    """All that may be said of a run, with what it is by default."""
    (row,) = runs(
        """
runs:
  - run_name: phase1
    service_name: phase1-schedule
    phase: 1
    processor_name: scheduler
    cron: "0  6 * * MON"
    time_zone: America/New_York
    grace_minutes: 30
    max_minutes: 90
    season: 10-15 to 06-20
    days_off: [12-25, 2026-02-15]
    trigger_name: projects/p/locations/l/jobs/j
    owner: no
    runbook: https://example.com/phase1
"""
    )

    assert row == {
        "run_name": "phase1",
        "service_name": "phase1-schedule",
        "phase": "1",
        "processor_name": "scheduler",
        "cron": "0 6 * * MON",
        "minutes": [0],
        "hours": [6],
        "months": list(range(1, 13)),
        "days_of_week": [2],
        "time_zone": "America/New_York",
        "grace_minutes": 30,
        "max_minutes": 90,
        "season_start": "10-15",
        "season_end": "06-20",
        "days_off": ["12-25", "2026-02-15"],
        "trigger_name": "projects/p/locations/l/jobs/j",
        "owner": "no",
        "runbook": "https://example.com/phase1",
    }


def test_the_example_of_the_page_can_be_loaded():
    """Three runs, with the defaults of the file."""
    (example,) = re.findall(r"```yaml\n(defaults:.*?)```", PAGE, re.DOTALL)

    assert [(row["run_name"], row["time_zone"]) for row in runs(example)] == [
        ("phase1-schedule", "America/New_York"),
        ("phase3_to_phase4", "America/New_York"),
        ("boxscores", "America/New_York"),
    ]


def test_the_page_has_a_line_for_every_key():
    """Each stands in the table, and no other."""
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)

    assert [key for row in rows for key in re.findall(r"`(\w+)`", row)] == list(KEYS)


def test_a_run_is_its_service_in_utc_unless_said_otherwise():
    """Name alone is enough; defaults hold where a run says nothing; an alias is what it names."""
    one, two = runs(
        "defaults: {time_zone: Asia/Tokyo, days_off: &off [01-01]}\n"
        "runs:\n- {run_name: a}\n- {run_name: b, time_zone: UTC, follows: a, days_off: *off}"
    )

    assert one == {"run_name": "a", "service_name": "a", "time_zone": "Asia/Tokyo", "days_off": ["01-01"]}
    assert two == {
        "run_name": "b", "service_name": "b", "time_zone": "UTC", "days_off": ["01-01"], "follows": "a",
    }  # fmt: skip


RUN = "runs:\n- run_name: a\n  "
WRONG = {
    "bad cron": (RUN + "cron: 61 * * * *", "runs.yaml:3: '61 * * * *' is no cron: bad minute"),
    "cron with seconds": (RUN + "cron: 0 0 6 * * *", ":3: '0 0 6 * * *' is no cron: five fields are"),
    "unknown zone": (RUN + "time_zone: America/NewYork", "NewYork': do you mean America/New_York?"),
    "zone of nowhere": (RUN + "time_zone: qqqq", ":3: there is no time zone 'qqqq': give an IANA name"),
    "duplicate name": ("runs:\n- run_name: a\n- run_name: a", ":3: a second run 'a': the first stands at runs.yaml:2"),
    "duplicate key": (RUN + "owner: x\n  owner: y", "runs.yaml:4: 'owner' stands here a second time"),
    "unknown key": (RUN + "crno: 0 6 * * *", ":3: unknown key 'crno': known are run_name, service_name, "),
    "unknown section": ("runs:\n- run_name: a\nrun: []", ":3: unknown key 'run': known are defaults, runs, alerts"),
    "key of one run as default": ("defaults: {cron: x}\nruns: [{run_name: a}]", "runs.yaml:1: unknown key 'cron'"),
    "another name": ("runs:\n- name: a", "runs.yaml:2: unknown key 'name': known are run_name, service_name, "),
    "no name": ("runs:\n- service_name: a", "runs.yaml:2: a run without run_name"),
    "empty value": (RUN + "cron:", "runs.yaml:3: nothing stands at cron: give a value, or leave it out"),
    "bad day": (RUN + "days_off:\n  - 12-25\n  - 2026-02-30", "runs.yaml:5: '2026-02-30' is no day: write 2026-12-25"),
    "bad season": (RUN + "season: 10-15", "runs.yaml:3: '10-15' is no season: write `10-15 to 06-20`"),
    "season that is no day": (RUN + "season: 10-32 to 06-20", "runs.yaml:3: '10-32 to 06-20' is no season"),
    "bad minutes": (RUN + "grace_minutes: 1h", "runs.yaml:3: '1h' is no number of minutes, 0 to 44640"),
    "negative minutes": (RUN + "max_minutes: -1", "runs.yaml:3: '-1' is no number of minutes"),
    "far too many minutes": (RUN + "max_minutes: " + "9" * 5000, "is no number of minutes"),
    "short trigger": (RUN + "trigger_name: phase1", ":3: 'phase1' is no trigger: write projects/P/locations/L/jobs/J"),
    "dates of no view": (RUN + "dates_from: DROP TABLE x", "runs.yaml:3: 'DROP TABLE x' is no view"),
    "cron and dates": (RUN + "cron: 0 6 * * *\n  dates_from: v", ":2: 'a' has cron and dates_from: give one of them"),
    "follows no one": (RUN + "follows: b", "runs.yaml:3: 'b' is no other run of this file"),
    "follows itself": (RUN + "follows: a", "runs.yaml:3: 'a' is no other run of this file"),
    "a circle": (
        "runs:\n- {run_name: a, follows: c}\n- {run_name: b, follows: a}\n- {run_name: c, follows: b}",
        "runs.yaml:3: runs that wait for each other: a, c, b, a",
    ),
    "text where a list is": ("runs: a", "runs.yaml:1: expected here: `key: value`"),
    "mapping where a list is": ("runs:\n  run_name: a", "runs.yaml:1: a list is expected here"),
    "list where a text is": (RUN + "owner: [x]", "runs.yaml:3: a text is expected here"),
    "no run": ("runs: []", "runs.yaml:1: no run is listed"),
    "no section": ("defaults: {owner: x}", "runs.yaml:1: `runs:` is missing"),
    "empty file": ("", "runs.yaml: nothing stands in it"),
    "two documents": ("runs: [{run_name: a}]\n---\nruns: []", "runs.yaml:2: no YAML: but found another document"),
    "no YAML": ("runs: [", "runs.yaml:1: no YAML: "),
    "a tab": ("runs:\n\t- run_name: a", "runs.yaml:2: no YAML: found character '\\t'"),
    "an alias that holds itself": ("runs: &x [*x]", "runs.yaml:1: an alias that holds itself"),
    "nested without end": ("[" * 5000, "runs.yaml: nested too deeply"),
    "no text": ("runs: \x00", "runs.yaml: no text: "),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_one_line_with_its_place(text, line):
    """File, line, what is wrong, and what to write instead."""
    with pytest.raises(UsageError) as raised:
        runs(text)

    assert str(raised.value).startswith(line) or line in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_multiplies_itself_is_read_at_once():
    """Nine lists of nine aliases each are 387 million items, and no work."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))]

    with pytest.raises(UsageError, match="unknown key 'a0'"):
        runs("\n".join(lines))


@given(st.binary(max_size=200) | st.text(alphabet="- :[]{}&*!|>'\"\nrunsname01", max_size=80).map(str.encode))
def test_any_file_is_runs_or_a_usage_error(content):
    """Nothing else is ever raised."""
    with contextlib.suppress(UsageError):
        read_manifest("x", content)
