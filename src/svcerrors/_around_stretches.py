"""Functions with more than an exception to watch: generators, and what is a run; imported when one is decorated.

No exception is bound to a name here: `_context` reads these frames' locals, and until Python 3.13 what was read is kept
as long as the frame, which the exception's own traceback keeps.
"""

from functools import wraps
from typing import Any

from svcerrors._answers import PLAIN, see_answer
from svcerrors._once import tally
from svcerrors._plan import Plan
from svcerrors._run import Run
from svcerrors._stretch import Stretch

__all__ = ["async_generator", "coroutine", "function", "generator"]

Arguments = tuple[Any, ...]


def function(function: Any, plan: Plan) -> Any:
    """Return a function whose calls are runs."""

    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        with Stretch(plan) as run:
            answer = function(*args, **kwargs)
            _see_answer(run, answer, function, args, before, plan)
            return answer
        return None

    return captured


def coroutine(function: Any, plan: Plan) -> Any:
    """Return a coroutine function whose calls are runs."""

    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        before = tally.count
        with Stretch(plan) as run:
            answer = await function(*args, **kwargs)
            _see_answer(run, answer, function, args, before, plan)
            return answer
        return None

    return captured


def generator(function: Any, plan: Plan) -> Any:
    """Return a generator function, captured from its first value to its last."""

    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        with Stretch(plan):
            return (yield from function(*args, **kwargs))
        return None

    return captured


def async_generator(function: Any, plan: Plan) -> Any:
    """Return an asynchronous generator function, likewise."""

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


def _see_answer(run: Run | None, answer: Any, function: Any, args: Arguments, before: int, plan: Plan) -> None:
    failed = type(answer) not in PLAIN and see_answer(answer, function, args, before, plan.options, above=3)
    if failed and run:
        run.fail(f"answered {failed}")
