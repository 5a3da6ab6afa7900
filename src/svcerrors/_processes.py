"""Errors that end a child process of multiprocessing, where `sys.excepthook` is never called."""

from collections.abc import Callable
from typing import Any

from svcerrors._options import Options
from svcerrors._plan import Plan, failed
from svcerrors._program import start_of_child
from svcerrors._watch import Patch

__all__ = ["see_processes"]

_PLAN = Plan(Options(), mechanism="multiprocessing")


def see_processes(processes: Any) -> Patch:
    """Have every process that is started record what ends it, whether it is forked or spawned."""
    return Patch(processes, "start", _starting)


def _starting(former: Callable[[Any], None], patch: Patch) -> Callable[[Any], None]:
    def start(process: Any) -> None:
        own = vars(process)
        if not patch.active or "run" in own:
            return former(process)
        own["run"] = _Run(process, start_of_child())
        try:
            return former(process)
        finally:
            own.pop("run", None)

    return start


class _Run:
    """A process's `run`, captured; it travels inside the process into a spawned child, and svcerrors with it."""

    def __init__(self, process: Any, start: Callable[[], None] | None) -> None:
        self._process, self._start = process, start

    def __call__(self) -> None:
        if self._start is not None:
            self._start()
        try:
            type(self._process).run(self._process)
        except (Exception, SystemExit):
            failed(_PLAN)
            raise
