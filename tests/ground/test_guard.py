import threading

import pytest

from svcerrors._guard import attempt, guard


def failing(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, RecursionError])
def test_a_strangers_failure_is_told(error):
    """Whatever its code raises, the program gets nothing of it."""
    assert attempt(failing(error)) == (None, error.__name__)


def test_a_failure_is_rescued():
    """The rescue is told its class, and the program nothing."""
    assert guard(failing(RecursionError), str.upper) == "RECURSIONERROR"


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_an_ending_is_rescued_and_goes_on(ending):
    """Our own work raises none: it was the program's user, or a signal."""
    told = []
    with pytest.raises(ending):
        guard(failing(ending), told.append)
    assert told == [ending.__name__]
    assert guard(lambda: "free again", str) == "free again"


def test_a_failing_rescue_is_the_end():
    """There is nothing left to try."""
    assert guard(failing(ValueError), lambda _: failing(KeyError)()) is None


def test_our_work_does_not_enter_itself():
    """On one thread; another works at the same time; afterwards all is as before."""
    seen = []

    def outer():
        seen.append(guard(lambda: "inner", str))
        other = threading.Thread(target=lambda: seen.append(guard(lambda: "other", str)))
        other.start()
        other.join()
        return "outer"

    assert guard(outer, str) == "outer"
    assert seen == [None, "other"]
    assert guard(lambda: "later", str) == "later"
