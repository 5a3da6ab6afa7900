"""Once for each time that an exception is raised: not twice on its way out, not once for ever."""

import asyncio
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from svcerrors import capture_errors, capture_exception

quiet = capture_errors(reraise=False)
SINGLE = ValueError("no games")


@pytest.fixture(autouse=True)
def forgotten():
    SINGLE.__dict__.clear()
    SINGLE.__traceback__ = None


def fail():
    raise SINGLE


def number(text):
    return int(text)


def count(written):
    return len(written())


def test_one_object_raised_three_times_is_three_records(written):
    """A module's own exception, through two decorators each time."""
    for _ in range(3):
        quiet(capture_errors(fail))()
    assert count(written) == 3


def test_each_raise_tells_its_own_frames(written):
    """What the object carries from before is not told again, so that the place does not change the fingerprint."""
    for _ in range(3):
        quiet(fail)()
    lines = [line["svcerrors"] for line in written()]
    assert [[frame["function"] for frame in line["frames"]] for line in lines] == [["captured", "fail"]] * 3
    assert len({line["fingerprint"] for line in lines}) == 1


def test_a_loop_that_raises_in_place(written):
    """The same instruction again is a new raise."""
    for _ in range(3):
        try:
            raise SINGLE
        except ValueError:
            capture_exception()
            capture_exception()
    assert count(written) == 3


def test_a_traceback_that_is_taken_off_each_time(written):
    """As a careful author of such an object would."""

    @quiet
    def work():
        raise SINGLE.with_traceback(None)

    for _ in range(3):
        work()
    assert count(written) == 3


def test_a_raise_in_its_handler_is_on_the_way_out(written):
    """Bare, by name, and once more at the end of a loop of retries."""

    @quiet
    def work():
        last = None
        for _ in range(2):
            try:
                last or capture_errors(number)("x")
            except ValueError as exc:
                last = exc
        try:
            raise last
        except ValueError as exc:
            capture_exception()
            raise exc from KeyError()

    work()
    assert count(written) == 1


def test_a_futures_result_is_the_same_error(written):
    """Raised in a thread, and again where it is read."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(capture_errors(number), "x")
        quiet(future.result)()
        quiet(future.result)()
    assert count(written) == 1


def test_a_task_that_two_await_is_the_same_error(written):
    """Each gets the traceback that the task ended with."""

    async def work():
        raise ValueError("awaited twice")

    async def main():
        task = asyncio.ensure_future(work())

        @quiet
        async def one():
            await task

        await asyncio.gather(one(), one())

    asyncio.run(main())
    assert count(written) == 1


def test_an_exception_captured_before_it_is_raised(written):
    """It is told once, also by whoever sees it raised."""
    error = ValueError("made first")
    error_id = capture_exception(error)

    @quiet
    def work():
        raise error

    work()
    assert capture_exception(error) == error_id
    assert count(written) == 1


def test_a_traceback_that_was_cut_off_is_no_new_error(written):
    """Such as by a host that shows none."""
    error_id = None
    try:
        fail()
    except ValueError:
        error_id = capture_exception()
    SINGLE.__traceback__ = None
    assert capture_exception(SINGLE) == error_id
    assert count(written) == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_that_is_raised_is_another_error(copied, written):
    """A template is marked, its copies are not."""
    quiet(fail)()

    @quiet
    def work():
        raise copied(SINGLE)

    work()
    assert count(written) == 2


def test_a_pickled_exception_keeps_its_mark(written):
    """What a child process recorded, its parent does not; without svcerrors there, it is still an exception."""
    quiet(fail)()
    pickled = pickle.dumps(SINGLE)
    assert b"svcerrors._" not in pickled
    [line] = written()
    assert capture_exception(pickle.loads(pickled)) == line["svcerrors"]["error_id"]  # noqa: S301  # our own
    assert written() == []
