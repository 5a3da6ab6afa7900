"""What `capture_errors` returns: a decorator, and a context manager."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from svcerrors._aborts import is_answer
from svcerrors._decorate import decorated
from svcerrors._plan import Plan, record_current
from svcerrors._record import record

__all__ = ["Capture", "QuietCapture"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")
Y = TypeVar("Y")
F = TypeVar("F", bound=Callable[..., Any])


class _Block:
    """Records what a `with` block raises.

    Attributes:
        error_id: Of the error that the block raised, None if it raised none.
    """

    def __init__(self, plan: Plan) -> None:
        self.error_id: str | None = None
        self._plan = plan

    def __enter__(self) -> Self:
        if self._plan.swallowed:
            self.error_id = record_current("context_manager", self._plan.options, handled=True)
        return self

    def _leave(self, exc: BaseException | None) -> bool:
        passes = exc is None or not issubclass(type(exc), Exception) or issubclass(type(exc), self._plan.ignore)
        if exc is None or passes or is_answer(exc):
            return False
        self.error_id = record(exc, "context_manager", handled=self._plan.handled, options=self._plan.options)
        return not self._plan.reraise


class Capture(_Block):
    """A decorator, and a context manager, that records an exception and lets it pass."""

    def __call__(self, function: F) -> F:
        """Return the function, captured."""
        captured: F = decorated(function, self._plan)
        return captured

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._leave(exc)


class QuietCapture(_Block):
    """A decorator, and a context manager, that records an exception and ends it: the function returns None."""

    @overload
    def __call__(self, function: type[T]) -> type[T]: ...  # type: ignore[overload-overlap]  # a class is a Callable too
    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R | None]]: ...
    @overload
    def __call__(self, function: Callable[P, Generator[Y, S, R]]) -> Callable[P, Generator[Y, S, R | None]]: ...
    @overload
    def __call__(self, function: Callable[P, AsyncGenerator[Y, S]]) -> Callable[P, AsyncGenerator[Y, S]]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Callable[P, R | None]: ...
    def __call__(self, function: Any) -> Any:
        """Return the function, captured."""
        return decorated(function, self._plan)

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> bool:
        return self._leave(exc)
