"""The line that a real service writes gives its row, and the traceback in it gives the same one."""

import subprocess
import sys

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.ops.local.lines import payload

SERVICE = """
import svcerrors

svcerrors.init()
svcerrors.bind(phase="3", processor_name="totals", correlation_id="c-1", game_date="2026-01-25")

def score(name):
    return {}[name]

try:
    score("swallowed")
except KeyError as exc:
    svcerrors.capture_exception(exc)

try:
    score("home")
except KeyError as exc:
    raise LookupError("no weight: password=hunter2") from exc
"""


@pytest.fixture
def written(tmp_path):
    """The records of what the service wrote: one that it swallowed, one that it died of."""
    (tmp_path / "main.py").write_text(SERVICE)
    environ = {"K_SERVICE": "claimed", "K_REVISION": "claimed-1", "COMMIT_SHA": "0c0ffee", "ENVIRONMENT": "test"}
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    entries = [{**entry({}), **payload(line)} for line in done.stdout.splitlines()]
    return [record for one in entries for record in logs.parse(one)]


def test_a_line_of_the_library_gives_its_row(written):
    """Every column that the service knows, and its name from the platform."""
    swallowed, fatal = (record.row() for record in written)
    assert (swallowed["error_type"], swallowed["handled"], swallowed["mechanism"]) == ("KeyError", True, "manual")
    assert fatal["causes"] == [{"error_type": "KeyError", "error_message": "'home'", "relation": "cause"}]
    expected = {
        "error_type": "LookupError",
        "error_message": "no weight: password=[redacted]",
        "error_category": "processing_error",
        "severity": "ERROR",
        "culprit": "main.py:18 in <module>",
        "handled": False,
        "mechanism": "excepthook",
        "occurrences": 1,
        "phase": "3",
        "processor_name": "totals",
        "correlation_id": "c-1",
        "labels": '{"game_date": "2026-01-25"}',
        "release": "0c0ffee",
        "environment": "test",
        "service_name": "scores",
        "revision": "scores-00001-abc",
        "schema_version": 1,
    }
    assert expected == {name: fatal[name] for name in expected}


def test_the_text_in_it_is_the_same_error(written):
    """A host that prints the traceback of a recorded error adds evidence to its group, and no other group."""
    for recorded in written:
        (text,) = logs.parse(entry(recorded.stack_trace))
        same = ("error_type", "error_message", "fingerprint", "culprit", "causes", "error_category")
        assert {name: getattr(recorded, name) for name in same} == {name: getattr(text, name) for name in same}


def test_a_line_may_not_pass_for_the_platform_or_for_a_text():
    """`mechanism` decides what counts as a symptom: a line of ours claims none of the others."""
    (claimed,) = logs.parse(entry({"svcerrors": {"kind": "error", "error_type": "Signal", "mechanism": "platform"}}))
    assert claimed.mechanism is None
