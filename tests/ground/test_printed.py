import json
import sys
import traceback

import pytest

from svcerrors._chain import describe
from svcerrors._printed import DEPTH, EXCEPTIONS


def raised(error, cause=None):
    try:
        raise error from cause
    except BaseException as exc:
        return exc


def fail(number):
    return raised(ValueError(f"number {number}"))


def out_of(group):
    try:
        try:
            raise group
        except ExceptionGroup:
            raise group.exceptions[0]  # noqa: B904  # its context is what is looked at
    except ValueError as exc:
        return exc


def in_library():
    try:
        json.loads("{")
    except ValueError as exc:
        return exc


def noted():
    error = raised(KeyError("k"), fail(0))
    error.add_note("a note\nof two lines")
    return error


ERRORS = {
    "a chain": lambda: raised(ValueError("two\nlines"), raised(KeyError("k"))),
    "a cause that was never raised": lambda: raised(ValueError(), KeyError("k")),
    "notes": noted,
    "a group": lambda: raised(ExceptionGroup("both", [fail(1), noted()])),
    "a group that was never raised": lambda: ExceptionGroup("both", [ValueError("a"), ValueError()]),
    "a group in a group": lambda: ExceptionGroup(
        "outer",
        [raised(ExceptionGroup("inner", [fail(1), fail(2)]), fail(3)), fail(4), ExceptionGroup("one", [noted()])],
    ),
    "a group with a cause": lambda: raised(ExceptionGroup("both", [fail(1), fail(2)]), fail(0)),
    "a cause that is a group": lambda: raised(
        RuntimeError("end"), raised(ExceptionGroup("both", [fail(1), noted()]), raised(ExceptionGroup("a", [fail(2)])))
    ),
    "a cause that is a group, in a group": lambda: ExceptionGroup(
        "outer", [raised(RuntimeError("end"), raised(ExceptionGroup("both", [fail(1), fail(2)]))), fail(3)]
    ),
    "a member raised out of its group": lambda: out_of(raised(ExceptionGroup("both", [fail(1), fail(2)]))),
    "several lines in a group": lambda: raised(ExceptionGroup("several\nlines", [fail(1), noted()])),
}


def without_carets(text):
    return [line for line in text.splitlines() if set(line.strip("| ")) - set("^~")]


@pytest.mark.parametrize("name", ERRORS)
def test_the_text_is_the_interpreters(name):
    """But for the carets."""
    error = ERRORS[name]()
    expected = "".join(traceback.format_exception(error))
    if sys.version_info < (3, 13) and name == "several lines in a group":
        pytest.skip("a later line of a message stands outside the margin there")
    assert without_carets(describe(error).stack_trace) == without_carets(expected)


def test_code_of_others_is_not_read():
    """A line of a library says where it is, and no more."""
    text = describe(in_library()).stack_trace
    assert 'json.loads("{")' in text
    assert "raise JSONDecodeError" not in text


def test_a_broad_group_is_cut():
    """The text says how many more there are."""
    text = describe(ExceptionGroup("g", [ValueError(number) for number in range(20_000)])).stack_trace
    rule = "-" * 16
    assert text.endswith(f"\n    +{rule} ... {rule}\n    | and 19990 more exceptions\n    +{'-' * 36}")
    assert len(text) < 2_000


def test_a_deep_and_broad_group_is_cut():
    """In depth, and in all."""
    deep = ValueError("leaf")
    for _ in range(1_500):
        deep = ExceptionGroup("g", [deep] * 5)
    text = describe(deep).stack_trace
    assert text.count("ExceptionGroup: g") <= EXCEPTIONS + 1
    assert max(len(line) - len(line.lstrip(" ")) for line in text.splitlines()) <= 2 * (DEPTH + 2)
