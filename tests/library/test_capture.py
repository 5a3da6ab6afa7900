import asyncio
import functools
import gc
import inspect
import traceback
import types
import weakref

import pytest

import svcerrors
from svcerrors import capture_errors, capture_exception
from svcerrors._errors import UsageError


class Broken(Exception):
    pass


def fail(message="no"):
    raise Broken(message)


def own(payload):
    return payload["svcerrors"]


def test_the_very_same_exception_goes_on(written):
    """The caller gets the object that was raised, and one line is written."""
    error = Broken("no")

    @capture_errors
    def work():
        raise error

    with pytest.raises(Broken) as raised:
        work()

    assert raised.value is error
    assert [own(line)["error_message"] for line in written()] == ["no"]


def test_the_traceback_is_the_hosts():
    """The traceback has one frame of ours, where the function was called, and no other trace of it."""
    with pytest.raises(Broken) as raised:
        capture_errors(fail)()

    names = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert names == ["test_the_traceback_is_the_hosts", "captured", "fail"]
    assert raised.value.__context__ is None


def test_a_decorated_function_stays_itself():
    """functions-framework keeps functions by name, takes plain ones only, and reads their annotations."""

    def work(a: int, *, b: str = "x") -> float:
        """Work."""
        return a + len(b)

    captured = capture_errors(labels={"a": 1})(work)

    assert type(captured) is types.FunctionType
    assert (captured.__name__, captured.__doc__, captured.__wrapped__) == ("work", "Work.", work)
    assert inspect.signature(captured) == inspect.signature(work)
    assert captured.__annotations__ == work.__annotations__


def test_a_coroutine_function_stays_one(written):
    """An async handler is awaited inside the capture."""

    @capture_errors
    async def work():
        await asyncio.sleep(0)
        fail()

    assert inspect.iscoroutinefunction(work)
    with pytest.raises(Broken):
        asyncio.run(work())
    assert [own(line)["mechanism"] for line in written()] == ["decorator"]


def test_a_method_gets_its_object(written):
    """A decorated method is bound as the bare one would be."""

    class Handler:
        @capture_errors(reraise=False)
        def work(self, value):
            return self, value

        @staticmethod
        @capture_errors
        def fixed(value):
            return value

    handler = Handler()
    assert handler.work(1) == (handler, 1)
    assert Handler.fixed(2) == 2
    assert written() == []


def test_a_quiet_function_returns_none(written):
    """With reraise=False the error ends at the decorator, and the program goes on."""
    quiet = capture_errors(reraise=False)

    @quiet
    async def later():
        fail()

    assert quiet(fail)() is None
    assert asyncio.run(later()) is None
    assert [own(line)["handled"] for line in written()] == [True, True]


def test_a_partial_of_a_coroutine_function_is_awaited(written):
    """What a partial wraps decides how it is captured."""

    async def work(message):
        fail(message)

    with pytest.raises(Broken):
        asyncio.run(capture_errors(functools.partial(work, "later"))())
    assert [own(line)["error_message"] for line in written()] == ["later"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_an_ending_passes_unrecorded(ending, written):
    """Ways to end a program or a task are no errors."""

    @capture_errors(reraise=False)
    def stop():
        raise ending

    with pytest.raises(ending):
        stop()
    with pytest.raises(ending), capture_errors(reraise=False):
        raise ending
    assert written() == []


def test_a_cancelled_task_is_cancelled(written):
    """Cancellation goes through the capture into the task."""

    @capture_errors
    async def work():
        await asyncio.sleep(10)

    async def main():
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())
    assert written() == []


def test_options_reach_the_line(written):
    """Every option has its column."""
    with pytest.raises(Broken):
        capture_errors(
            labels={"phase": 3, "game_date": "2026-01-25"},
            severity="CRITICAL",
            category="upstream_failure",
            fingerprint="mine",
        )(fail)()

    [line] = written()
    told = own(line)
    assert line["severity"] == "CRITICAL"
    assert (told["error_category"], told["fingerprint"], told["phase"]) == ("upstream_failure", "mine", "3")
    assert told["labels"] == {"game_date": "2026-01-25"}


def test_what_is_ignored_is_raised_and_not_recorded(written):
    """An ignored class passes as if the decorator were not there."""
    with pytest.raises(Broken):
        capture_errors(ignore=(Broken,), reraise=False)(fail)()
    with pytest.raises(Broken), capture_errors(ignore=(Broken,), reraise=False):
        fail()
    assert written() == []


def test_what_is_expected_is_recorded_as_no_data(written):
    """An expected class counts as `no_data_available`, its subclasses too."""

    class NoGames(Broken):
        pass

    def work():
        raise NoGames("today")

    with pytest.raises(NoGames):
        capture_errors(expected=(Broken,))(work)()
    assert [own(line)["error_category"] for line in written()] == ["no_data_available"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("labels", ["phase"]),
        ("labels", {1: 2}),
        ("severity", "FATAL"),
        ("severity", ["ERROR"]),
        ("category", "bad"),
        ("fingerprint", ""),
        ("reraise", 1),
        ("ignore", ValueError),
        ("expected", ("ValueError",)),
        ("service", 5),
        ("before_emit", "f"),
        ("swallowed", "yes"),
        ("methods", 1),
    ],
)
def test_a_bad_option_fails_at_decoration(option, value):
    """The message names the option."""
    with pytest.raises(UsageError, match=f"^{option} must be "):
        capture_errors(**{option: value})


def test_an_unknown_option_fails_at_decoration():
    """Python's own message names the option."""
    with pytest.raises(TypeError, match="'sevrity'"):
        capture_errors(sevrity="ERROR")


@pytest.mark.parametrize("unfit", [Broken, "fail", 0])
def test_what_cannot_be_captured_is_refused(unfit):
    """A decorator that would see nothing says so at once; for a class it says how."""
    with pytest.raises(UsageError, match=r"takes a function, not .* methods=True takes a class"):
        capture_errors(unfit)


def test_a_block_knows_its_error(written):
    """The error_id of the line is at hand after the block."""
    with capture_errors(reraise=False) as captured:
        fail()

    [line] = written()
    assert (own(line)["mechanism"], own(line)["handled"]) == ("context_manager", True)
    assert own(line)["error_id"] == captured.error_id


def test_a_block_without_error_has_no_id(written):
    """Nothing is written for it."""
    with capture_errors() as captured:
        pass

    assert captured.error_id is None
    assert written() == []


def test_one_exception_is_one_record(written):
    """Decorators around each other, a block and a manual capture see the same exception once."""

    @capture_errors
    @capture_errors
    def work():
        with capture_errors():
            fail()

    try:
        work()
    except Broken as exc:
        error_id = capture_exception(exc)

    assert [own(line)["error_id"] for line in written()] == [error_id]


def test_a_group_of_one_recorded_leaf_is_the_same_error(written):
    """A task group wraps what its task raised: one failure, one line."""

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(capture_errors(_fail_later)())

    async def _fail_later():
        fail()

    with pytest.raises(ExceptionGroup):
        capture_errors(lambda: asyncio.run(main()))()
    assert [own(line)["error_type"].rpartition(".")[2] for line in written()] == ["Broken"]


def test_nothing_is_kept_of_an_exception(written):
    """After the capture the exception and its frames go as they would have gone."""

    class Local:
        pass

    @capture_errors
    def work(kept):
        local = Local()
        kept.append(weakref.ref(local))
        raise Broken

    gc.disable()
    try:
        kept = []
        try:
            work(kept)
        except Broken as exc:
            kept.append(weakref.ref(exc))
        assert [ref() for ref in kept] == [None, None]
    finally:
        gc.enable()
    assert len(written()) == 1


def test_the_current_exception_is_captured(written):
    """capture_exception() takes what is being handled, with labels, and says which line it wrote."""
    try:
        fail()
    except Broken:
        error_id = capture_exception(category="timeout", attempt=3)

    [line] = written()
    assert own(line)["error_id"] == error_id
    assert (own(line)["mechanism"], own(line)["handled"], own(line)["error_category"]) == ("manual", True, "timeout")
    assert own(line)["labels"] == {"attempt": 3}


@pytest.mark.parametrize("nothing", [None, "text", Broken, (None, None, None)])
def test_without_an_exception_nothing_is_written(nothing, written):
    """It is called inside error handling: it never raises."""
    assert capture_exception(nothing) is None
    assert written() == []


def test_an_option_that_cannot_be_does_not_cost_the_error(written):
    """In error handling the error counts more than its options."""
    assert capture_exception(Broken("x"), severity=[], category="bad", fingerprint=b"")
    [line] = written()
    assert (line["severity"], own(line)["error_category"]) == ("ERROR", "processing_error")


def test_an_exception_that_was_never_raised_is_recorded(written):
    """Without a traceback its type and message are its identity."""
    capture_exception(Broken("made by hand"))
    [line] = written()
    assert "frames" not in own(line)
    assert line["stack_trace"].endswith("Broken: made by hand")


def test_a_recursion_of_a_decorated_function_is_one_whole_record(written):
    """Where the stack has no room for our work, the frame further out records."""

    @capture_errors
    def deeper(n):
        return deeper(n + 1)

    with pytest.raises(RecursionError):
        deeper(0)
    [line] = written()
    assert own(line)["error_type"] == "RecursionError"
    assert "internal_error" not in own(line)


def test_it_works_without_init(written, monkeypatch):
    """A decorator alone is enough; the environment says who the service is."""
    monkeypatch.setenv("K_SERVICE", "orders")
    capture_exception(Broken())
    assert written()[0]["serviceContext"] == {"service": "orders"}


def test_the_face_has_a_version():
    """The version is the installed one's; another name is no attribute."""
    assert svcerrors.__version__[0].isdigit()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = svcerrors.nothing
