"""A job that ends itself: `sys.exit(1)` reaches no hook, and the platform only says that it ended."""

import atexit
import builtins
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from svcerrors._plan import see_exit
from svcerrors._watch import Patch

__all__ = ["Exits", "install"]


def install() -> "Exits":
    """Watch `sys.exit`, and what `exit()` and `quit()` call."""
    return Exits()


class Exits:
    """Remembers the exit that was called last, and at the end of the program knows whether it ended it."""

    def __init__(self) -> None:
        self._last: tuple[BaseException, FrameType, int] | None = None
        self._patches = [Patch(owner, name, self._exiting) for owner, name in _exits()]
        atexit.register(self._at_end)

    def remove(self) -> None:
        """Put them back."""
        for patch in self._patches:
            patch.remove()
        self._last = None
        atexit.unregister(self._at_end)

    def _exiting(self, former: Callable[..., None], patch: Patch) -> Callable[..., None]:
        def leave(*status: object, **named: object) -> None:
            try:
                former(*status, **named)
            except SystemExit as ending:
                if patch.active and _ends_program():
                    outermost = _outermost()
                    self._last = (ending, outermost, outermost.f_lasti)
                raise

        leave.__name__, leave.__doc__ = "exit", former.__doc__
        return leave

    def _at_end(self) -> None:
        # The outermost frame still stands where it called what exited: otherwise the exit was caught on its way.
        ending, outermost, stood_at = self._last or (None, None, 0)
        if ending is not None and outermost is not None and outermost.f_lasti == stood_at:
            see_exit(ending, "excepthook")


def _exits() -> list[tuple[Any, str]]:
    quitter = type(getattr(builtins, "exit", None))  # of the module site, which may be absent, and a shell has its own
    return [(sys, "exit"), *([(quitter, "__call__")] if quitter.__module__ == "_sitebuiltins" else [])]


def _ends_program() -> bool:
    # multiprocessing ends each child that it spawned so, with the exit code of what was recorded there.
    processes = sys.modules.get("multiprocessing.process")
    is_child = processes is not None and processes.parent_process() is not None
    return threading.current_thread() is threading.main_thread() and not is_child


def _outermost() -> FrameType:
    frame = sys._getframe()  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    while frame.f_back is not None:
        frame = frame.f_back
    return frame
