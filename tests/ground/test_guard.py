import threading

import pytest

from svcerrors._guard import attempt, guard


def failing(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, RecursionError])
def test_a_failure_is_rescued(error):
    """Whatever our work raises, the rescue is told its class, and the program nothing."""
    assert guard(failing(error), str.upper) == error.__name__.upper()
    assert attempt(failing(error)) == (None, error.__name__)


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
