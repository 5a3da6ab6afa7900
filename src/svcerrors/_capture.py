"""Capture what a function or a block raises, and let it pass."""

import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self, TypeVar, overload

from svcerrors._context import wrappers
from svcerrors._errors import UsageError
from svcerrors._options import Options, Types, accepted, check
from svcerrors._record import record

__all__ = ["Capture", "QuietCapture", "capture_errors", "capture_exception"]

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

# Flags of a code object (https://docs.python.org/3/library/inspect.html#code-objects-bit-flags): importing inspect
# would cost more than all of ours.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200

_NOTHING: Mapping[str, Any] = {}


class _Block:
    """Records what a `with` block raises.

    Attributes:
        error_id: Of the error that the block raised, None if it raised none.
    """

    _reraise: bool

    def __init__(self, options: Options, ignore: Types) -> None:
        self.error_id: str | None = None
        self._options, self._ignore = options, ignore

    def __enter__(self) -> Self:
        return self

    def _leave(self, exc: BaseException | None) -> bool:
        if exc is None or not issubclass(type(exc), Exception) or issubclass(type(exc), self._ignore):
            return False
        self.error_id = record(exc, "context_manager", handled=not self._reraise, options=self._options)
        return not self._reraise

    def _decorate(self, function: Any) -> Any:
        return _decorated(function, self._options, self._ignore, reraise=self._reraise)


class Capture(_Block):
    """A decorator, and a context manager, that records an exception and lets it pass."""

    _reraise = True

    def __call__(self, function: F) -> F:
        """Return the function, captured."""
        captured: F = self._decorate(function)
        return captured

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._leave(exc)


class QuietCapture(_Block):
    """A decorator, and a context manager, that records an exception and ends it: the function returns None."""

    _reraise = False

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R | None]]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Callable[P, R | None]: ...
    def __call__(self, function: Any) -> Any:
        """Return the function, captured."""
        return self._decorate(function)

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> bool:
        return self._leave(exc)


@overload
def capture_errors(function: F, /) -> F: ...
@overload
def capture_errors(
    *,
    labels: Mapping[str, Any] = ...,
    severity: str | None = ...,
    category: str | None = ...,
    fingerprint: str | None = ...,
    reraise: Literal[False],
    ignore: Types = ...,
    expected: Types = ...,
) -> QuietCapture: ...
@overload
def capture_errors(
    *,
    labels: Mapping[str, Any] = ...,
    severity: str | None = ...,
    category: str | None = ...,
    fingerprint: str | None = ...,
    reraise: Literal[True] = ...,
    ignore: Types = ...,
    expected: Types = ...,
) -> Capture: ...
def capture_errors(
    function: Callable[..., Any] | None = None,
    /,
    *,
    labels: Mapping[str, Any] = _NOTHING,
    severity: str | None = None,
    category: str | None = None,
    fingerprint: str | None = None,
    reraise: bool = True,
    ignore: Types = (),
    expected: Types = (),
) -> Any:
    """Record every exception of a function, a coroutine function or a `with` block as one line on standard output.

    The very same exception goes on to the caller. KeyboardInterrupt, SystemExit, GeneratorExit and a task's
    cancellation pass unrecorded. What a handler was called with (a request, a CloudEvent, a background event) is
    recorded too.

    Args:
        function: The function, where the decorator stands bare.
        labels: Recorded beside what `bind` bound; `phase`, `processor_name` and `correlation_id` are columns.
        severity: A severity of Cloud Logging; ERROR unless set.
        category: A category of errors; by the rules unless set.
        fingerprint: What makes two errors the same; type and place unless set.
        reraise: False ends the exception here: the function returns None, the block is left.
        ignore: Exception classes that pass unrecorded.
        expected: Exception classes that are recorded as `no_data_available`.

    Raises:
        UsageError: An option has a value that it cannot have, or the function is of a kind that cannot be captured.
    """
    check(
        labels=labels,
        severity=severity,
        category=category,
        fingerprint=fingerprint,
        reraise=reraise,
        ignore=ignore,
        expected=expected,
    )
    capture = (Capture if reraise else QuietCapture)(Options(labels, severity, category, fingerprint, expected), ignore)
    return capture if function is None else capture(function)


def capture_exception(
    exc: BaseException | None = None,
    *,
    handled: bool = True,
    fingerprint: str | None = None,
    category: str | None = None,
    severity: str | None = None,
    **labels: Any,
) -> str | None:
    """Record an exception that the program deals with itself; return its error_id, None if there is nothing to record.

    Never raises; an option that cannot be is left out.

    Args:
        exc: The exception; the one that is being handled unless given.
        handled: Does the program go on?
        fingerprint: What makes two errors the same; type and place unless set.
        category: A category of errors; by the rules unless set.
        severity: A severity of Cloud Logging; ERROR unless set.
        labels: Recorded beside what `bind` bound; `phase`, `processor_name` and `correlation_id` are columns.
    """
    options = accepted(fingerprint=fingerprint, category=category, severity=severity, labels=labels)
    if exc is None:
        return _record_current("manual", options, handled=handled)
    return record(exc, "manual", handled=handled, options=options) if issubclass(type(exc), BaseException) else None


def _record_current(mechanism: str, options: Options, *, handled: bool) -> str | None:
    exc = sys.exc_info()[1]
    return None if exc is None else record(exc, mechanism, handled=handled, options=options)


def _decorated(function: Any, options: Options, ignore: Types, *, reraise: bool) -> Any:
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
            _record_current("decorator", options, handled=not reraise)
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
            _record_current("decorator", options, handled=not reraise)
            if reraise:
                raise
            return None

    return captured
