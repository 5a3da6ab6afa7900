"""Whatever a decorator can stand on: it stays what it is, and its errors are recorded."""

import asyncio
import contextlib
import functools
import inspect

import pytest

import svcerrors
from svcerrors import capture_errors


class Broken(Exception):
    pass


def mechanisms(lines):
    return [line["svcerrors"]["mechanism"] for line in lines]


def test_a_generator_is_read_as_before(written):
    """What is sent, thrown and returned goes through; what it raises is recorded."""

    @capture_errors
    def talk(n):
        """Talk."""
        try:
            got = yield n
        except KeyError:
            got = "thrown"
        got = yield got
        if got == "fail":
            raise Broken
        return got

    assert inspect.isgeneratorfunction(talk)
    assert (talk.__doc__, inspect.signature(talk)) == ("Talk.", inspect.signature(talk.__wrapped__))
    generator = talk(1)
    assert [next(generator), generator.throw(KeyError)] == [1, "thrown"]
    with pytest.raises(StopIteration) as ended:
        generator.send("fine")
    assert ended.value.value == "fine"
    assert written() == []

    with pytest.raises(Broken):
        _drive(talk(1), "fail")
    assert mechanisms(written()) == ["decorator"]


def _drive(generator, last):
    next(generator)
    generator.send("on")
    generator.send(last)


def test_a_generator_that_is_closed_is_no_error(written):
    """GeneratorExit runs the generator's own `finally`, and passes."""
    closed = []

    @capture_errors
    def rows():
        try:
            yield 1
        finally:
            closed.append(1)

    generator = rows()
    next(generator)
    generator.close()
    assert closed == [1]
    assert written() == []


def test_a_quiet_generator_ends_with_its_error(written):
    """With reraise=False a reader sees fewer items, and no error."""

    @capture_errors(reraise=False)
    def rows():
        yield 1
        raise Broken

    assert list(rows()) == [1]
    assert [line["svcerrors"]["handled"] for line in written()] == [True]


def test_an_asynchronous_generator_is_read_as_before(written):
    """What is sent and thrown goes through; what it raises is recorded."""
    closed = []

    @capture_errors
    async def talk(n):
        try:
            try:
                got = yield n
            except KeyError:
                got = "thrown"
            yield got
            raise Broken
        finally:
            closed.append(1)

    async def main():
        answers = []
        generator = talk(1)
        answers += [await anext(generator), await generator.asend("sent")]
        with pytest.raises(Broken):
            await anext(generator)
        generator = talk(2)
        answers += [await anext(generator), await generator.athrow(KeyError)]
        await generator.aclose()
        answers += [n async for n in _ended()]
        return answers

    @capture_errors
    async def _ended():
        yield 3

    assert inspect.isasyncgenfunction(talk)
    assert asyncio.run(main()) == [1, "sent", 2, "thrown", 3]
    assert closed == [1, 1]
    assert mechanisms(written()) == ["decorator"]


def test_an_asynchronous_generator_that_is_left_is_closed(written):
    """A loop that breaks leaves nothing open, and a cancelled one is no error."""
    closed = []

    @capture_errors
    async def rows():
        try:
            yield 1
            await asyncio.sleep(10)
        finally:
            closed.append(1)

    async def read():
        async for _ in rows():
            pass

    async def main():
        async with contextlib.aclosing(rows()) as generator:
            async for _ in generator:
                break
        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())
    assert closed == [1, 1]
    assert written() == []


def test_a_context_manager_made_of_a_generator(written):
    """What its block raises goes through the generator, and is recorded once."""

    @contextlib.contextmanager
    @capture_errors
    def around():
        yield

    with pytest.raises(Broken), around():
        raise Broken
    assert mechanisms(written()) == ["decorator"]


def test_static_and_class_methods_stay_such(written):
    """The decorator may stand above them too."""

    class Handler:
        @capture_errors
        @staticmethod
        def fixed(value):
            raise Broken(value)

        @capture_errors
        @classmethod
        def made(cls, value):
            raise Broken(cls.__name__, value)

    for call in (Handler.fixed, Handler().fixed, Handler.made, Handler().made):
        with pytest.raises(Broken):
            call(1)
    assert len(written()) == 4


def test_a_class_is_captured_by_its_public_methods(written):
    """It stays the same class; what is private, inherited or an attribute is left alone."""

    class Base:
        def inherited(self):
            raise Broken

    class Handler(Base):
        kind = Broken

        def __init__(self):
            self._private = 1

        def __call__(self):
            raise Broken

        def work(self):
            self._fail()

        async def later(self):
            raise Broken

        @classmethod
        def made(cls):
            raise Broken

        def _fail(self):
            raise Broken

    captured = capture_errors(methods=True)(Handler)
    handler = captured()
    assert captured is Handler
    assert Handler.kind is Broken
    assert inspect.iscoroutinefunction(Handler.later)
    for call in (handler, handler.work, Handler.made, lambda: asyncio.run(handler.later())):
        with pytest.raises(Broken):
            call()
    assert mechanisms(written()) == ["decorator"] * 4
    for call in (handler._fail, handler.inherited):
        with pytest.raises(Broken):
            call()
    assert written() == []


def test_a_callable_object_and_a_partial(written):
    """They are called as they are; a coroutine function inside is awaited."""

    class Work:
        async def __call__(self, a):
            raise Broken(a)

    def rows(a, b):
        yield a
        raise Broken(b)

    with pytest.raises(Broken):
        asyncio.run(capture_errors(Work())(1))
    with pytest.raises(Broken):
        list(capture_errors(functools.partial(rows, 1))(2))
    with pytest.raises(Broken):
        asyncio.run(capture_errors(Work().__call__)(1))
    assert len(written()) == 3


def test_the_service_of_an_error_may_be_another(written):
    """One program may work for several services."""
    with pytest.raises(Broken), capture_errors(service="billing"):
        raise Broken
    assert written()[0]["serviceContext"] == {"service": "billing"}


def change(payload):
    payload["svcerrors"]["labels"] = {"team": "odds"}
    payload["svcerrors"]["error_id"] = "forged"


@pytest.mark.parametrize("where", ["init", "decorator"])
def test_the_team_has_the_last_word_on_a_line(where, written):
    """before_emit changes the payload in place, but not what identifies it."""
    svcerrors.init(before_emit=change if where == "init" else None)
    with capture_errors(reraise=False, before_emit=None if where == "init" else change) as captured:
        raise Broken
    [line] = written()
    assert line["svcerrors"]["labels"] == {"team": "odds"}
    assert line["svcerrors"]["error_id"] == captured.error_id


def fails(_payload):
    raise KeyboardInterrupt


def empties(_payload):
    return {}


def spoils(payload):
    payload["svcerrors"]["labels"] = {"object": object()}


def spoils_within(payload):
    payload["svcerrors"]["frames"][0]["object"] = object()


@pytest.mark.parametrize(
    ("callback", "failure"),
    [(fails, "KeyboardInterrupt"), (empties, "KeyError"), (spoils, "TypeError"), (spoils_within, "TypeError")],
)
def test_a_bad_last_word_costs_no_line(callback, failure, written):
    """The line is written as it would have been without it, and says so."""
    with capture_errors(reraise=False, before_emit=callback):
        raise Broken("kept")
    [line] = written()
    assert line["svcerrors"]["internal_error"] == f"before_emit: {failure}"
    assert line["svcerrors"]["error_message"] == "kept"


def test_a_line_is_changed_and_no_other(written):
    """What is changed within it is of this line alone, though both come from the same place."""
    for changes in ((lambda payload: payload["svcerrors"]["frames"][0].clear()), None):
        with capture_errors(reraise=False, before_emit=changes):
            raise Broken
    [changed, other] = [line["svcerrors"]["frames"] for line in written()]
    assert (changed, other[0]["function"]) == ([{}], "test_a_line_is_changed_and_no_other")


def test_the_last_word_may_be_no(written):
    """False, and nothing else, writes nothing."""
    with capture_errors(reraise=False, before_emit=lambda _payload: False) as captured:
        raise Broken
    assert captured.error_id is None
    assert written() == []
