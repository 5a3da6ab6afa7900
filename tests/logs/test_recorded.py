"""Records of logging libraries: whichever one wrote it, the same exception is the same error."""

import json
from pathlib import Path

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.ops.local.lines import payload

CORPUS = Path(__file__).parents[1] / "corpus"
OF_ONE_EXCEPTION = sorted(
    file
    for file in CORPUS.glob("*/entry.json")
    if file.parent.name.startswith("e_records_") and "KeyError" in file.read_text()
)


def rows(record, severity="DEFAULT", **more):
    return logs.parse(entry(record, severity=severity, log="stdout", **more))


def test_every_library_gives_the_same_error():
    """structlog, loguru, python-json-logger, ecs-logging, google-cloud-logging, as these really write."""
    found = [row for file in OF_ONE_EXCEPTION for row in logs.parse(json.loads(file.read_text("utf-8")))]
    assert len(found) == len(OF_ONE_EXCEPTION) >= 7
    assert len({(row.error_type, row.error_message, row.fingerprint) for row in found}) == 1


@pytest.mark.parametrize("level", ["debug", "info", "notice", 30, "INFO", "Information"])
def test_a_record_that_says_it_is_fine_gives_nothing(level):
    error = {"type": "KeyError", "message": "'home'", "stack": "Error: x\n    at f (/app/a.js:1:2)"}
    assert rows({"level": level, "message": "ERROR: retried", "error": error}) == []


def test_a_warning_is_one_only_with_the_text_of_an_error():
    """It keeps its severity then."""
    assert rows({"level": "warning", "message": "retrying"}) == []
    (row,) = rows({"level": "warning", "message": "retrying", "stack": "Error: x\n    at f (/app/a.js:1:2)"})
    assert (row.error_type, row.severity) == ("Error", "WARNING")


def test_the_hosts_severity_decides_over_the_records():
    assert rows({"level": "info", "message": "no"}, severity="ERROR")[0].severity == "ERROR"
    assert rows({"level": "error", "message": "no"}, severity="INFO") == []


def test_the_place_of_the_call_is_the_culprit_of_a_logged_error_only():
    """sourceLocation is where a line was logged; where an error was raised, its text says."""
    where = {"file": "/workspace/report.py", "line": "16", "function": "report"}
    text = 'Traceback (most recent call last):\n  File "/workspace/main.py", line 3, in f\n    x\nKeyError: 1'
    assert rows({"message": "no"}, "ERROR", sourceLocation=where)[0].culprit == "report.py:16 in report"
    assert rows({"message": text}, "ERROR", sourceLocation=where)[0].culprit == "main.py:3 in f"
    library = where | {"file": "/usr/local/lib/python3.11/site-packages/a/b.py"}
    assert rows({"message": "no"}, "ERROR", sourceLocation=library)[0].culprit is None


def test_a_record_cannot_choose_its_service():
    claim = {"level": "error", "message": "no", "service": "other", "serviceContext": {"service": "other"}}
    assert rows(claim)[0].service_name == "scores"


def test_secrets_in_a_record_are_redacted():
    for record in (
        {"level": "error", "message": "refused: password=hunter2"},
        {"level": "error", "password": "hunter2"},
        {"level": "error", "message": "x", "error": {"type": "E", "message": "token=hunter2"}},
        {
            "level": "error",
            "exception": [{"exc_type": "E", "exc_value": "api_key=hunter2", "frames": [{"line": "pwd='hunter2'"}]}],
        },
    ):
        assert "hunter2" not in json.dumps(rows(record)[0].row())


def test_a_number_in_place_of_a_time_stays_in_the_record():
    """pino's `time` is a number of milliseconds, which Cloud Logging does not lift."""
    assert payload('{"level":50,"time":1769333400000,"msg":"no"}') == {
        "jsonPayload": {"level": 50, "time": 1769333400000, "msg": "no"}
    }
