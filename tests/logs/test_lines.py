"""Lines of plain logs: the level that a line names decides, not a word in its message."""

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.logs import lines
from svcerrors.logs.levels import severity

FORMATS = (
    "{level}:scores.store:{message}",
    "2026-01-25 09:30:00,123 - scores.store - {level} - {message}",
    "2026-01-25 09:30:00,123 {level} {message}",
    "2026-01-25T09:30:00.123Z [{level}] {message}",
    "[2026-01-25 09:30:00,123] {level} in store: {message}",
    "[2026-01-25 09:30:00 +0000] [7] [{level}] {message}",
    "[2026-01-25 09:30:00,123: {level}/MainProcess] {message}",
    "2026-01-25 09:30:00.123 | {level}     | scores.store:load:12 - {message}",
    "2026-01-25 09:30:00.123 [main] {level} - {message}",
    "2026-01-25T09:30:00.123+01:00 {level} 1 --- [main] c.acme.Store : {message}",
    "{level}:    {message}",
    "{level} - {message}",
    "[{level}] {message}",
    'time=2026-01-25T09:30:00Z level={level} msg="{message}"',
    "E, [2026-01-25T09:30:00.123456 #7] {level} -- : {message}",
    "[2026-01-25T09:30:00Z {level} scores::store] {message}",
    "[2026-01-25T09:30:00+00:00] app.{level}: {message}",
)


def rows(text):
    return logs.parse(entry(text, severity="DEFAULT"))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("level", ["ERROR", "CRITICAL"])
def test_an_error_of_any_format_is_a_logged_error(form, level):
    (row,) = rows(form.format(level=level, message="no weight for home"))
    assert (row.error_type, row.error_message, row.severity) == ("LoggedError", "no weight for home", level)
    assert (row.mechanism, row.handled) == ("log_entry", True if level == "ERROR" else None)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING"])
def test_a_lower_level_is_none_whatever_the_message_says(form, level):
    assert rows(form.format(level=level, message="ERROR: 7 errors, level=error, KeyError: 'home'")) == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_fingerprint(form):
    """What changes from line to line does not: times, ids, numbers, quoted values."""
    (one,) = rows(form.format(level="ERROR", message="game 0022500561 of 'home' at Sun Jan 25: 0x7f64c0130860"))
    (other,) = rows("ERROR:other:game 17 of 'away' at Mon Feb 2: 0x55d0")
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    ("level", "key", "named"),
    [
        (50, "level", "ERROR"),
        (60, "level", "CRITICAL"),
        (40, "level", "WARNING"),
        (40, "levelno", "ERROR"),
        (30, "levelno", "WARNING"),
        (17, "severityNumber", "ERROR"),
        (12, "severityNumber", "INFO"),
        ("eror", "lvl", "ERROR"),
        ("dpanic", "level", "CRITICAL"),
        ("Warn", "level", "WARNING"),
        (True, "level", None),
        (None, "level", None),
        ("loud", "level", None),
        (50, "size", None),
    ],
)
def test_a_level_is_read_as_its_library_means_it(level, key, named):
    """pino counts 50 as an error, Python's logging 40."""
    assert severity(level, key) == named


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-25 09:30:00 worker 7 was told of an ERROR by its peer and by many others",
        "Errors: 0",
        "error rate is 0",
        "ERRORS 7",
        " ERROR indented",
        "",
        "ERROR",
    ],
)
def test_a_line_that_names_no_level_is_not_read(text):
    assert lines.read(text) is None


def test_a_traceback_in_a_line_of_level_info_is_a_quotation():
    traceback = 'Traceback (most recent call last):\n  File "/app/m.py", line 3, in f\n    x\nKeyError: 1'
    assert rows(f"INFO:root:retried:\n{traceback}") == []
    assert [row.severity for row in rows(f"WARNING:root:retried:\n{traceback}")] == ["WARNING"]
    assert [row.severity for row in rows(f"CRITICAL:root:gave up:\n{traceback}")] == ["CRITICAL"]


def test_a_log_line_before_the_last_one_does_not_decide():
    """A server's INFO line, then a line of an error and its traceback, in one entry."""
    traceback = 'Traceback (most recent call last):\n  File "/app/m.py", line 3, in f\n    x\nKeyError: 1'
    assert [row.error_type for row in rows(f"INFO:root:started\nERROR:root:failed\n{traceback}")] == ["KeyError"]
