"""What executors are given to do, where that is recorded."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import svcerrors


def failing(error):
    raise error


def outcome(*submitted):
    svcerrors.init(futures=True)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(*submitted).exception()


@pytest.mark.parametrize(
    ("submitted", "ending"),
    [((next, iter(())), StopIteration), ((failing, StopAsyncIteration()), StopAsyncIteration)],
)
def test_the_end_of_an_iterator_is_no_error(written, submitted, ending):
    """Servers step the body of an answer in a pool of threads: it reaches who waits for it, and no record."""
    assert type(outcome(*submitted)) is ending
    assert written() == []


def test_any_other_error_is_one(written):
    """Whoever reads the result: nobody knows whether anyone does."""
    assert type(outcome(failing, KeyError("k"))) is KeyError
    [line] = written()
    assert (line["svcerrors"]["error_type"], line["svcerrors"]["mechanism"]) == ("KeyError", "threading")
    assert "handled" not in line["svcerrors"]
