"""Functions and coroutine functions with a capture around them; each does our work only when it has failed.

No exception is bound to a name here: `_context` reads these frames' locals, and until Python 3.13 what was read is kept
as long as the frame, which the exception's own traceback keeps.
"""

from functools import partial, wraps
from typing import Any

from svcerrors._answers import PLAIN, see_answer
from svcerrors._once import tally
from svcerrors._outbox import release, waiting
from svcerrors._plan import WATCHED, Plan, failed

__all__ = ["around"]

# Flags of a code object (https://docs.python.org/3/library/inspect.html#code-objects-bit-flags): importing inspect
# would cost more than all of ours.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def around(function: Any, plan: Plan) -> Any:
    """Return a function of the same kind as the given one, captured."""
    flags = _flags(function)
    is_coroutine = bool(flags & _COROUTINE)
    if plan.run is None and not flags & (_GENERATOR | _ASYNC_GENERATOR):
        return _coroutine(function, plan) if is_coroutine else _function(function, plan)
    from svcerrors import _around_stretches as stretches  # noqa: PLC0415  # most programs have neither

    if flags & _GENERATOR:
        return stretches.generator(function, plan)
    if flags & _ASYNC_GENERATOR:
        return stretches.async_generator(function, plan)
    return stretches.coroutine(function, plan) if is_coroutine else stretches.function(function, plan)


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
