"""Functions of four kinds with a capture around them; each does our work only when it has failed.

No exception is bound to a name here: `_context` reads these frames' locals, and until Python 3.13 what was read is kept
as long as the frame, which the exception's own traceback keeps.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from svcerrors._answers import PLAIN, see_answer
from svcerrors._outbox import release, waiting
from svcerrors._plan import WATCHED, Plan, failed
from svcerrors._runs import Stretch
from svcerrors._tally import tally

__all__ = ["around"]

# Flags of a code object (https://docs.python.org/3/library/inspect.html#code-objects-bit-flags): importing inspect
# would cost more than all of ours.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR, _ANY = 0x20, 0x80, 0x200, 0


def around(function: Any, plan: Plan) -> Any:
    """Return a function of the same kind as the given one, captured."""
    flags = _flags(function)
    kinds = _KINDS if plan.run is None else _RUNS
    return next(make for flag, make in kinds if flags & flag == flag)(function, plan)


def _flags(function: Any) -> int:
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None) or getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004  # its code, not whether
    flags: int = getattr(code, "co_flags", 0)
    return flags


def _function(function: Any, plan: Plan) -> Any:
    options = plan.options

    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        try:
            answer = function(*args, **kwargs)
        except WATCHED:  # goes on as it came, unless the caller asked for its end
            if failed(plan):
                raise
            return None
        if type(answer) not in PLAIN:
            see_answer(answer, function, args, before, options)
        if waiting:
            release()
        return answer

    return captured


def _coroutine(function: Any, plan: Plan) -> Any:
    options = plan.options

    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        try:
            answer = await function(*args, **kwargs)
        except WATCHED:
            if failed(plan):
                raise
            return None
        if type(answer) not in PLAIN:
            see_answer(answer, function, args, before, options)
        if waiting:
            release()
        return answer

    return captured


def _run_of_function(function: Any, plan: Plan) -> Any:
    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        with Stretch(plan) as run:
            answer = function(*args, **kwargs)
            if (
                type(answer) not in PLAIN
                and (status := see_answer(answer, function, args, before, plan.options))
                and run
            ):
                run.fail(f"answered {status}")
            return answer
        return None

    return captured


def _run_of_coroutine(function: Any, plan: Plan) -> Any:
    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        with Stretch(plan) as run:
            answer = await function(*args, **kwargs)
            if (
                type(answer) not in PLAIN
                and (status := see_answer(answer, function, args, before, plan.options))
                and run
            ):
                run.fail(f"answered {status}")
            return answer
        return None

    return captured


def _generator(function: Any, plan: Plan) -> Any:
    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        with Stretch(plan):
            return (yield from function(*args, **kwargs))
        return None

    return captured


def _async_generator(function: Any, plan: Plan) -> Any:
    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        source = function(*args, **kwargs)
        with Stretch(plan):
            step = source.__anext__()
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                try:
                    step = source.asend((yield value))
                except GeneratorExit:
                    await source.aclose()
                    raise
                except BaseException as thrown:  # noqa: BLE001  # whatever it is, it was thrown into the source
                    step = source.athrow(thrown)

    return captured


_GENERATORS = ((_GENERATOR, _generator), (_ASYNC_GENERATOR, _async_generator))
_KINDS: tuple[tuple[int, Callable[[Any, Plan], Any]], ...] = (
    *_GENERATORS,
    (_COROUTINE, _coroutine),
    (_ANY, _function),
)
_RUNS: tuple[tuple[int, Callable[[Any, Plan], Any]], ...] = (
    *_GENERATORS,
    (_COROUTINE, _run_of_coroutine),
    (_ANY, _run_of_function),
)
