"""Texts that hold more than one traceback, or less."""

import pytest

from svcerrors.logs import tracebacks
from svcerrors.logs.tracebacks.traceback import STACK_LIMIT


def traceback(name, message, file="/app/main.py"):
    return f'Traceback (most recent call last):\n  File "{file}", line 3, in f\n    {name}()\n{name}: {message}\n'


def test_of_tracebacks_that_are_not_linked_the_last_counts():
    found = tracebacks.parse(traceback("KeyError", "'a'") + traceback("OSError", "b"))
    assert (found.error_type, found.error_message, found.causes) == ("OSError", "b", ())


@pytest.mark.parametrize("line", ["INFO:     Shutting down", "[2026-01-25 14:00:00 +0000] [7] [INFO] Worker exiting"])
def test_a_message_ends_where_the_host_logs_on(line):
    found = tracebacks.parse(f"{traceback('ValueError', 'one')}two\n{line}\nthree")
    assert found.error_message == "one\ntwo"


def test_a_message_may_begin_a_line_as_a_database_does():
    found = tracebacks.parse(traceback("OperationalError", "refused\nERROR: no such role\nERROR:  duplicate key"))
    assert found.error_message == "refused\nERROR: no such role\nERROR:  duplicate key"


@pytest.mark.parametrize(("ends_with", "message"), [("worker died:", "worker died:"), ('"""', '"""')])
def test_a_traceback_in_a_message_stays_there(ends_with, message):
    quoted = traceback("KeyError", "'a'").strip()
    found = tracebacks.parse(traceback("RuntimeError", ends_with) + quoted)
    assert (found.error_type, found.error_message) == ("RuntimeError", f"{message}\n{quoted}")


def test_what_stands_before_the_traceback_is_no_part_of_it():
    found = tracebacks.parse("could not load\n" + traceback("ValueError", "x"))
    assert found.stack_trace == traceback("ValueError", "x").strip()


def test_code_is_kept_of_the_teams_own_frames_only():
    library = traceback("ValueError", "x", file="/usr/lib/python3/site-packages/a.py")
    assert [frame.code for frame in tracebacks.parse(library).frames] == [None]
    assert [frame.code for frame in tracebacks.parse(traceback("ValueError", "x")).frames] == ["ValueError()"]


def test_a_long_text_keeps_both_its_ends():
    deep = "".join(f'  File "/app/m{n}.py", line 1, in f{n}\n' for n in range(6_000))
    found = tracebacks.parse(f"Traceback (most recent call last):\n{deep}ValueError: deep\n")
    assert found.culprit == "m5999.py:1 in f5999"
    assert len(found.frames) == 100
    assert len(found.stack_trace) < STACK_LIMIT + 10
    assert found.stack_trace.endswith("ValueError: deep")


@pytest.mark.parametrize(
    "text", ["", "\n", "Traceback (most recent call last):\n", '  File "x", line 3, in f\n', "no: error"]
)
def test_what_tells_of_no_error_gives_none(text):
    assert tracebacks.parse(text) is None
