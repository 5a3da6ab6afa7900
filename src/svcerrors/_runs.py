"""Runs of what is meant to happen: a line when one begins and one when it has ended, so that silence can be seen."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Any

from svcerrors._guard import guard
from svcerrors._ids import stamp
from svcerrors._jsonable import text
from svcerrors._open_runs import innermost
from svcerrors._options import Options, accepted
from svcerrors._plan import Plan
from svcerrors._program import runtime
from svcerrors._run import HEARTBEAT, UNNAMED, Run
from svcerrors._stretch import begin, end, quietly, tell

__all__ = ["Run", "TrackedRun", "current_run", "heartbeat", "track_run"]

_NOTHING: Mapping[str, Any] = {}


def track_run(name: str, *, key: object = None, labels: Mapping[str, Any] = _NOTHING) -> TrackedRun:
    """Return a context manager that reports a run: that it started, and how it ended.

    An exception that leaves the block is recorded and goes on; the run is then `failed`, `timed_out` if the rules call
    the error a timeout, `no_data` if they call it expected. An error that was recorded in it and did not end it makes
    it `partial`. A run whose process is killed stays `started`. Threads that are started in it belong to it after
    `init`, and so does what it submits to a pool of threads; before, only what runs in a copy of this context. Never
    raises.

    Args:
        name: What runs; the same in every run of it.
        key: What it runs for: a date, a batch.
        labels: Recorded beside what `bind` bound; `phase` and `processor_name` are columns.
    """
    options = accepted(labels=labels)
    return TrackedRun(Plan(options, mechanism="context_manager", run=UNNAMED if name is None else name), key)


def current_run() -> Run:
    """Return the run that this thread or task is in; outside of any, one that nobody reports."""
    return innermost() or Run("", "")


def heartbeat(name: str | None = None) -> None:
    """Report a sign of life: a run named `heartbeat:<name>` that has succeeded. Never raises.

    Args:
        name: What lives; the service's own name unless given.
    """
    guard(partial(_beat, name), quietly)


class TrackedRun:
    """What `track_run` returns: a block that is a run."""

    def __init__(self, plan: Plan, key: object) -> None:
        self._plan, self._key = plan, key

    def __enter__(self) -> Run:
        frame = sys._getframe(1)  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
        return begin(self, self._plan, frame, self._key) or Run("", "")

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        end(self, self._plan, exc)


def _beat(name: str | None) -> None:
    run_id, now = stamp()
    run = Run(run_id, HEARTBEAT + (text(name) if name else runtime().service or UNNAMED))
    tell(run, ("heartbeat", "succeeded", now, None), Options())
