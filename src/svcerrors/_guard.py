"""The one guard around our work inside another's program: it never breaks, and never enters itself."""

import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["attempt", "guard"]

T = TypeVar("T")

_here = threading.local()


def guard(work: Callable[[], T], rescue: Callable[[str], T]) -> T | None:
    """Return what `work` returns; if it fails, what `rescue` returns; if that fails too, None.

    An error that occurs inside our own work on the same thread (an exception whose `__str__` captures) is not
    worked on: None is returned at once.

    Args:
        work: What is to be done.
        rescue: Does the least that can be done, given the class name of what `work` raised.
    """
    if getattr(_here, "busy", False):
        return None
    try:
        _here.busy = True
        result, failure = attempt(work)
        return result if failure is None else attempt(lambda: rescue(failure))[0]
    finally:
        _here.busy = False


def attempt(work: Callable[[], T]) -> tuple[T | None, str | None]:
    """Return what `work` returns and None, or None and the class name of what it raised."""
    try:
        return work(), None
    except BaseException as failure:  # noqa: BLE001  # a stranger's object may raise KeyboardInterrupt; it is ours to keep
        return None, type(failure).__name__
