"""svcerrors.warehouse._recognised: an error of a team's own table has the group that it has in a log."""

import json

import pytest

from svcerrors._fingerprint import fingerprint
from svcerrors.logs import parse
from svcerrors.warehouse._recognised import recognised

TRACE = """Traceback (most recent call last):
  File "/workspace/main.py", line 7, in load
    client.get_table(name)
  File "/usr/lib/python3.11/site-packages/google/cloud/bigquery/client.py", line 90, in get_table
    raise NotFound("gone")
google.api_core.exceptions.NotFound: 404 Not found: table games_20260125
"""


def in_a_log(text):
    """Return the row that a log entry with a text gives."""
    entry = {
        "insertId": "1",
        "logName": "projects/p/logs/run.googleapis.com%2Fstderr",
        "timestamp": "2026-01-25T14:02:03Z",
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": "s"}},
        "severity": "ERROR",
        "textPayload": text,
    }
    (record,) = parse(entry)
    return record.row()


@pytest.mark.parametrize("error_type", ["NotFound", "database_error"])
def test_a_stack_trace_tells_it_as_in_a_log(error_type):
    """Type with its module, group and culprit are those of the entry that the interpreter would write."""
    row = in_a_log(TRACE)
    assert json.loads(recognised("k", error_type, "404", TRACE)) == {
        "kind": "k",
        **{name: row[name] for name in ("error_type", "fingerprint", "culprit")},
    }


@pytest.mark.parametrize("trace", [None, "", "see the log", TRACE[:120]])
def test_without_a_whole_one_type_and_message_tell_it(trace):
    """No trace, none that is one, or one that was cut: a message without its variable parts."""
    found, again = (
        json.loads(recognised("k", "NotFound", f"no table games_{day}", trace)) for day in ("20260125", "20260126")
    )
    assert (
        found
        == again
        == {
            "kind": "k",
            "error_type": "NotFound",
            "fingerprint": fingerprint("NotFound", (), "no table games_20260125"),
        }
    )


def test_a_line_that_was_logged_has_the_group_of_the_line():
    """What the team called LoggedError, as we do, is the group of the same line in a log."""
    row = in_a_log("ERROR: cannot reach 10.0.0.7")
    said = json.loads(recognised("k", row["error_type"], row["error_message"], None))
    assert said["fingerprint"] == row["fingerprint"]
