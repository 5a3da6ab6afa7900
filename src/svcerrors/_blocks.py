"""What `capture_errors` returns: a decorator, and a context manager."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from svcerrors._plan import Plan, record_current
from svcerrors._stretch import begin, end

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
        self.error_id = None
        if self._plan.swallowed:
            self.error_id = record_current("context_manager", self._plan.options, handled=True)
        begin(self, self._plan, sys._getframe(1))  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
        return self

    def _leave(self, exc: BaseException | None) -> bool:
        error_id, goes_on = end(self, self._plan, exc, "context_manager")
        self.error_id = error_id or self.error_id
        return not goes_on


class Capture(_Block):
    """A decorator, and a context manager, that records an exception and lets it pass."""

    def __call__(self, function: F) -> F:
        """Return the function, captured."""
        captured: F = _decorated(function, self._plan)
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
        return _decorated(function, self._plan)

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> bool:
        return self._leave(exc)


def _decorated(function: Any, plan: Plan) -> Any:
    try:
        from svcerrors._decorate import decorated  # noqa: PLC0415  # as a rule, while a module is being imported
    except (ImportError, MemoryError, OSError):
        return function  # a program that can import nothing any longer goes on without
    return decorated(function, plan)
