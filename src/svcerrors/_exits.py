"""A job that ends itself: `sys.exit(1)` reaches no hook, and the platform only says that it ended."""

import os

from svcerrors._record import record

__all__ = ["see_exit", "watch"]

_watched: bool | None = None


def watch(wanted: bool | None) -> None:  # noqa: FBT001  # init's own option
    """Record exits, or do not; None records those of Cloud Run jobs."""
    global _watched  # noqa: PLW0603  # one program is one process
    _watched = wanted


def see_exit(ending: BaseException, mechanism: str) -> None:
    """Record a SystemExit with a code other than 0: the error that led to it, else the exit itself."""
    is_watched = "CLOUD_RUN_JOB" in os.environ if _watched is None else _watched
    if not is_watched or getattr(ending, "code", None) in (None, 0):
        return
    reason = ending.__cause__ or (None if ending.__suppress_context__ else ending.__context__)
    record(reason if isinstance(reason, Exception) else ending, mechanism, handled=False)
