"""Capture what a function or a block raises, and let it pass."""

from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self, TypeVar, overload

from svcerrors._decorate import decorated, record_current
from svcerrors._options import Options, Types, accepted, check
from svcerrors._record import record

__all__ = ["Capture", "QuietCapture", "capture_errors", "capture_exception"]

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

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
        return decorated(function, self._options, self._ignore, reraise=self._reraise)


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
    goes_on = handled is not False
    if exc is None:
        return record_current("manual", options, handled=goes_on)
    return record(exc, "manual", handled=goes_on, options=options) if issubclass(type(exc), BaseException) else None
