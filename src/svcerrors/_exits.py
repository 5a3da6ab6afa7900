"""A job that ends itself: `sys.exit(1)` reaches no hook, and the platform only says that it ended."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType

from svcerrors._record import record
from svcerrors._watch import Patch

__all__ = ["Exits", "has_failed", "install", "is_watched", "see_exit", "want"]

_wanted: bool | None = None


def want(wanted: bool | None) -> None:  # noqa: FBT001  # init's own option
    """Record exits, or do not; None records those of Cloud Run jobs."""
    global _wanted  # noqa: PLW0603  # one program is one process
    _wanted = wanted


def is_watched() -> bool:
    """Tell whether exits are recorded here."""
    return "CLOUD_RUN_JOB" in os.environ if _wanted is None else _wanted


def see_exit(ending: BaseException, mechanism: str) -> str | None:
    """Record a SystemExit with a code other than 0: the error that led to it, else the exit itself."""
    if not (is_watched() and has_failed(ending)):
        return None
    reason = ending.__cause__ or (None if ending.__suppress_context__ else ending.__context__)
    return record(reason if isinstance(reason, Exception) else ending, mechanism, handled=False)


def has_failed(ending: BaseException) -> bool:
    """Tell whether a SystemExit has a code other than 0."""
    return getattr(ending, "code", None) not in (None, 0)


def install() -> "Exits":
    """Watch `sys.exit`."""
    return Exits()


class Exits:
    """Remembers the exit that was called last, and at the end of the program knows whether it ended it."""

    def __init__(self) -> None:
        self._last: tuple[BaseException, FrameType, int] | None = None
        self._patch = Patch(sys, "exit", self._exiting)
        atexit.register(self._at_end)

    def remove(self) -> None:
        """Put `sys.exit` back."""
        self._patch.remove()
        self._last = None
        atexit.unregister(self._at_end)

    def _exiting(self, former: Callable[..., None], patch: Patch) -> Callable[..., None]:
        def leave(*status: object) -> None:
            try:
                former(*status)
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
