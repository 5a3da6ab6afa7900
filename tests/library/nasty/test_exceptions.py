"""Nasty inputs 1 to 11, 37 and 38: what an exception may be."""

import sys
import tracemalloc
from types import TracebackType

import pytest

from svcerrors import capture_errors, capture_exception
from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import FIRST, LAST


def told(written):
    [line] = written()
    return line["svcerrors"]


def test_01_str_raises(written):
    """The type is told, and that there is no message."""

    class Unprintable(Exception):
        def __str__(self):
            raise ValueError("never shown")

    capture_exception(Unprintable())
    assert told(written)["error_message"] == "<unprintable Unprintable>"


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_02_str_raises_an_ending(ending, written):
    """The program's own exception goes on, not that one."""

    class Ending(Exception):
        def __str__(self):
            raise ending

    @capture_errors
    def work():
        raise Ending

    with pytest.raises(Ending):
        work()
    assert told(written)["error_message"] == "<unprintable Ending>"


def test_03_its_own_cause(written):
    """The chain ends there."""
    error = ValueError("v")
    error.__cause__ = error
    capture_exception(error)
    assert "causes" not in told(written)


def test_04_a_member_whose_context_is_its_group(written):
    """The cycle is cut."""
    member = ValueError("m")
    group = ExceptionGroup("g", [member, KeyError("k")])
    member.__context__ = group
    capture_exception(group)
    assert [cause["error_message"] for cause in told(written)["causes"]] == ["m", "'k'"]


def test_05_a_group_1500_deep(written):
    """No recursion of ours is deeper than what is kept."""
    deep = ValueError("leaf")
    for _ in range(1_500):
        deep = ExceptionGroup("g", [deep, KeyError("k")])
    capture_exception(deep)
    assert told(written)["error_message"] == "g (2 sub-exceptions)"


def test_06_a_group_of_20000(written):
    """The first are told, and how many there are."""
    group = ExceptionGroup("g", [ValueError(str(number)) for number in range(20_000)])
    capture_exception(group)
    own = told(written)
    assert own["error_message"] == "g (20000 sub-exceptions)"
    assert [cause["error_message"] for cause in own["causes"]] == [str(number) for number in range(CHAIN_LIMIT)]


def test_07_a_chain_of_3000(written):
    """The nearest causes are kept."""
    error = ValueError("0")
    for number in range(1, 3_000):
        later = ValueError(str(number))
        later.__cause__ = error
        error = later
    capture_exception(error)
    kept = [str(number) for number in range(2_998, 2_998 - CHAIN_LIMIT, -1)]
    assert [cause["error_message"] for cause in told(written)["causes"]] == kept


def test_08_a_message_of_100_megabytes(capfdbinary):
    """It costs neither a copy of it nor a long line."""
    error = ValueError("é" * 100_000_000)
    tracemalloc.start()
    capture_exception(error)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    line = capfdbinary.readouterr().out
    assert peak < 2_000_000
    assert len(line) < 110_000


def test_09_an_endless_recursion(written):
    """The outermost and the innermost frames are told."""

    def deep():
        deep()

    capture_errors(reraise=False)(deep)()
    own = told(written)
    assert own["error_type"] == "RecursionError"
    assert len(own["frames"]) == FIRST + LAST
    assert own["culprit"].endswith("in deep")


def test_10_a_million_frames(written):
    """What is kept of them is all that they cost in memory."""
    tb, frame = None, sys._getframe()
    for _ in range(1_000_000):
        tb = TracebackType(tb, frame, 0, 1)
    error = ValueError("deep").with_traceback(tb)
    tracemalloc.start()
    capture_exception(error)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
    assert len(told(written)["frames"]) == FIRST + LAST


@pytest.mark.parametrize("notes", [5, "text", None, {"a": 1}, [1, b"x", "kept"], [["x"]]])
def test_11_notes_of_any_kind(notes, written):
    """Texts in a list are told, anything else is not there."""
    error = ValueError("v")
    error.__notes__ = notes
    capture_exception(error)
    assert told(written)["error_message"] == ("v\nkept" if notes == [1, b"x", "kept"] else "v")


def test_37_links_that_are_falsy_or_were_never_raised(written):
    """Nothing is asked of a linked exception but what it is."""

    class Falsy(Exception):
        def __bool__(self):
            return False

    error = Falsy("outer")
    error.__cause__ = Falsy("never raised")
    for nothing in (None, (None, None, None), ValueError, 5):
        assert capture_exception(nothing) is None
    capture_exception(error)
    assert [cause["error_message"] for cause in told(written)["causes"]] == ["never raised"]


def test_38_hands_off(written):
    """Its class is read past its own methods, and those of its metaclass."""

    class Meta(type):
        def __getattribute__(cls, name):
            raise RuntimeError(name)

    class Guarded(Exception, metaclass=Meta):
        def __getattribute__(self, name):
            raise RuntimeError(name)

        __setattr__ = __eq__ = __hash__ = __bool__ = __getattribute__

        def __str__(self):
            return "guarded"

    error = Guarded()
    capture_exception(error)
    own = told(written)
    assert own["error_type"].endswith("test_38_hands_off.<locals>.Guarded")
    assert (own["error_message"], own.get("internal_error")) == ("guarded", None)
    assert capture_exception(error) == own["error_id"]
