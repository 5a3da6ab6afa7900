"""A function with our work around it, which runs only when it has failed."""

import sys
from functools import partial, wraps
from typing import Any

from svcerrors._context import wrappers
from svcerrors._errors import UsageError
from svcerrors._options import Options, Types
from svcerrors._record import record

__all__ = ["decorated", "record_current"]

# Flags of a code object (https://docs.python.org/3/library/inspect.html#code-objects-bit-flags): importing inspect
# would cost more than all of ours.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def decorated(function: Any, options: Options, ignore: Types, *, reraise: bool) -> Any:
    """Return a function, or a coroutine function, that records what the given one raises.

    Raises:
        UsageError: It is neither.
    """
    flags = _flags(function)
    unfit = isinstance(function, type | staticmethod | classmethod) or flags & (_GENERATOR | _ASYNC_GENERATOR)
    if unfit or not callable(function):
        raise UsageError(
            f"@capture_errors takes a function or a coroutine function, not {function!r:.100}: capture a generator"
            " where it is read, a class by its methods, and put @staticmethod and @classmethod above"
        )
    around = _around_coroutine if flags & _COROUTINE else _around_function
    captured = around(function, options, ignore, reraise=reraise)
    wrappers.add(captured.__code__)
    return captured


def record_current(mechanism: str, options: Options, *, handled: bool) -> str | None:
    """Record the exception that is being handled; return its error_id."""
    exc = sys.exc_info()[1]
    return None if exc is None else record(exc, mechanism, handled=handled, options=options)


def _flags(function: Any) -> int:
    while isinstance(function, partial):
        function = function.func
    flags: int = getattr(getattr(function, "__code__", None), "co_flags", 0)
    return flags


# In what follows the exception is not bound to a name: `_context` reads these frames' locals, and until Python 3.13
# what was read is kept as long as the frame, which the exception's own traceback keeps.


def _around_function(function: Any, options: Options, ignore: Types, *, reraise: bool) -> Any:
    @wraps(function)
    def captured(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ignore:
            raise
        except Exception:  # goes on as it came, unless the caller asked for its end
            record_current("decorator", options, handled=not reraise)
            if reraise:
                raise
            return None

    return captured


def _around_coroutine(function: Any, options: Options, ignore: Types, *, reraise: bool) -> Any:
    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except ignore:
            raise
        except Exception:  # goes on as it came, unless the caller asked for its end
            record_current("decorator", options, handled=not reraise)
            if reraise:
                raise
            return None

    return captured
