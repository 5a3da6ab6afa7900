"""The one guard around our work inside another's program: it never breaks, and never enters itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from svcerrors._stack import is_on_stack

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

    Raises:
        BaseException: Ctrl-C, or an exit from a signal's handler, that met the program during our work: it goes on.
    """
    busy = getattr(_here, "busy", None)
    # A flag alone would stay up for ever if the program were interrupted on the line that takes it down.
    if busy is not None and is_on_stack(busy):
        return None
    try:
        _here.busy = sys._getframe()  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
        return work()
    except Exception as failure:  # noqa: BLE001  # this is the place for it
        return attempt(partial(rescue, type(failure).__name__))[0]
    except BaseException as ending:
        attempt(partial(rescue, type(ending).__name__))
        raise
    finally:
        _here.busy = None


def attempt(work: Callable[[], T]) -> tuple[T | None, str | None]:
    """Return what `work` returns and None, or None and the class name of what it raised.

    For work that calls a stranger's code: whatever that raises is no more than a failure of it.
    """
    try:
        return work(), None
    except BaseException as failure:  # noqa: BLE001  # it may raise KeyboardInterrupt
        return None, type(failure).__name__
