"""Labels that every later error and log line of this thread or task carries: structlog's own context."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["bind", "bound", "bound_labels", "get_logger", "unbind"]


def bind(**labels: Any) -> None:
    """Bind labels to this thread or task, for structlog and for every error captured from now on.

    Args:
        labels: `phase`, `processor_name` and `correlation_id` are columns; all others are kept as `labels`.
    """
    from structlog.contextvars import bind_contextvars  # noqa: PLC0415  # 60 ms that only its users pay

    bind_contextvars(**labels)


def unbind(*names: str) -> None:
    """Remove labels from this thread or task; a name that is not bound is ignored."""
    from structlog.contextvars import unbind_contextvars  # noqa: PLC0415  # as above

    unbind_contextvars(*names)


def bound(**labels: Any) -> AbstractContextManager[None]:
    """Return a context manager, also usable as a decorator, that binds labels and restores what was bound before."""
    from structlog.contextvars import bound_contextvars  # noqa: PLC0415  # as above

    return bound_contextvars(**labels)


def get_logger(*args: Any, **labels: Any) -> Any:
    """Return structlog's logger, as structlog was configured by the program.

    Args:
        args: Passed to structlog's logger factory: usually a name.
        labels: Bound to this logger alone.
    """
    import structlog  # noqa: PLC0415  # as above

    return structlog.get_logger(*args, **labels)


def bound_labels() -> dict[str, Any]:
    """Return what is bound in this thread or task; nothing can be where structlog was never imported."""
    contextvars = sys.modules.get("structlog.contextvars")
    return contextvars.get_contextvars() if contextvars else {}
