"""A team's own categories, from a file: before ours where it is right, one line where it is not."""

import subprocess
import sys

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors._category import RULES, categorise, use
from svcerrors._errors import UsageError
from svcerrors._rules import read_rules, use_rules
from svcerrors.sink.app import create_app

OURS = """
[[rule]]
name = "no games scheduled"
category = "no_data_available"
message = "no games scheduled"

[[rule]]
category = "upstream_failure"
type = "^scores\\\\.Late$"
"""


@pytest.fixture(autouse=True)
def without_rules():
    yield
    use(())


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(OURS)
    return {"SVCERRORS_RULES": str(path)}


def test_a_teams_rules_stand_before_ours(rules):
    """Their words first, then ours; without the variable, ours alone again."""
    said = ("ValueError", "No games scheduled for 2026-01-25")
    assert categorise(*said) == "processing_error"
    use_rules(rules)
    assert categorise(*said) == "no_data_available"
    assert categorise("scores.Late", "") == "upstream_failure"
    assert categorise("ModuleNotFoundError", "No module named 'x'") == "configuration_error"
    use_rules({})
    assert categorise(*said) == "processing_error"


def test_the_sink_applies_them_to_texts_and_to_what_the_library_did_not_choose(rules):
    """A category that the service chose stays; one that our own rules gave is open to the team's."""
    use_rules(rules)
    text = 'Traceback (most recent call last):\n  File "/app/m.py", line 1, in f\nValueError: no games scheduled'
    (told,) = logs.parse(entry(text))
    assert told.error_category == "no_data_available"
    error = {"kind": "error", "error_type": "ValueError", "error_message": "no games scheduled"}
    for category, expected in (("processing_error", "no_data_available"), ("timeout", "timeout")):
        (record,) = logs.parse(entry({"svcerrors": error | {"error_category": category}}))
        assert record.error_category == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[rule]]\nname = "games"\ncategory = "no_dta"\nmessage = "x"',
            "rule 1 ('games'): category 'no_dta' is none of",
        ),
        (
            '[[rule]]\ncategory = "timeout"\nmessage = "("',
            "rule 1 ('without a name'): message is no regular expression",
        ),
        ('[[rule]]\ncategory = "timeout"\nmessage = "a"\n[[rule]]\ncategory = "timeout"', "rule 2 .*match every error"),
        ('[[rule]]\ncategory = "timeout"\nmesage = "a"', "rule 1 .*unknown key mesage"),
        ('[[rule]]\ncategory = "timeout"\ntype = 7', "rule 1 .*type is no text"),
        ('[[rules]]\ncategory = "timeout"', "only .*rule.* is known, not rules"),
        ("rule = 3", "only .*rule"),
        ("rule = [3]", "rule 1 is no table"),
        ("[[rule", "Expected"),
    ],
)
def test_a_bad_rule_is_named_in_one_line(tmp_path, text, said):
    """Which rule it is, and what may stand there."""
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said.replace("(", r"\(").replace(")", r"\)")) as caught:
        use_rules({"SVCERRORS_RULES": str(path)})
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    """It is not there, or no text."""
    path = tmp_path / "rules.toml"
    if content:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"rules\.toml"):
        use_rules({"SVCERRORS_RULES": str(path)})


SERVICE = "import svcerrors\nsvcerrors.init()\nraise ValueError('no games scheduled')"


def run(program, **environ):
    return subprocess.run(
        [sys.executable, *program], env=environ, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_service_uses_them(rules):
    """The line of the library has the team's category."""
    assert '"error_category": "no_data_available"' in run(["-c", SERVICE], **rules).stdout.replace('":"', '": "')


def test_a_bad_file_does_not_harm_the_service(tmp_path):
    """One line on standard error; the error is recorded all the same, and the program ends as it would."""
    path = tmp_path / "none.toml"
    done = run(["-c", SERVICE], SVCERRORS_RULES=str(path))
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("svcerrors: "))
    assert line.endswith(f"{path}: No such file or directory; errors are categorised without it")
    assert "processing_error" in done.stdout
    assert done.returncode == 1


def test_a_bad_file_stops_the_command_line_and_the_sink(tmp_path):
    """There a person is looking, or a deployment waits: exit code 2, and no boot."""
    path = tmp_path / "rules.toml"
    path.write_text('[[rule]]\nname = "games"\ncategory = "x"\nmessage = "x"')
    done = run(["-m", "svcerrors", "parse"], SVCERRORS_RULES=str(path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "rule 1 ('games')" in done.stderr
    with pytest.raises(SystemExit, match="games"):
        create_app({"SVCERRORS_RULES": str(path), "SVCERRORS_WAREHOUSE": f"duckdb:{tmp_path}"})


def test_the_categories_that_everyone_expects():
    """Of mission and issue: what a person would call them."""
    expected = {
        ("ModuleNotFoundError", "No module named 'shared.utils'"): "configuration_error",
        ("HttpStatus429", ""): "resource_exhausted",
        ("google.api_core.exceptions.Forbidden", "403 Quota exceeded: rate limit"): "resource_exhausted",
        ("google.api_core.exceptions.DeadlineExceeded", "504 Deadline Exceeded"): "timeout",
        ("requests.exceptions.HTTPError", "503 Server Error: Service Unavailable for url"): "upstream_failure",
        ("requests.exceptions.HTTPError", "429 Client Error: Too Many Requests for url"): "resource_exhausted",
        ("InvokerDenied", ""): "configuration_error",
    }
    assert {said: categorise(*said) for said in expected} == expected
    assert categorise("KeyError", "'x'", RULES) == "processing_error"
    assert read_rules("") == ()
