"""Runs of what is meant to happen: a line when one begins and one when it has ended, so that silence can be seen."""

import sys
import time
from collections.abc import Mapping
from functools import partial
from types import FrameType, TracebackType
from typing import Any

from svcerrors._chain import error_type, unwrap
from svcerrors._exception import message
from svcerrors._exits import has_failed
from svcerrors._guard import guard
from svcerrors._jsonable import text
from svcerrors._open_runs import close_run, innermost, is_closing_generator, open_run
from svcerrors._options import Options, accepted
from svcerrors._outbox import runtime, write
from svcerrors._payload import summary
from svcerrors._plan import Plan, see
from svcerrors._record import category_of, circumstances, stamp
from svcerrors._report import HEARTBEAT, UNNAMED, Moment, report
from svcerrors._run import Run

__all__ = ["Run", "Stretch", "TrackedRun", "begin", "current_run", "end", "heartbeat", "track_run"]

_NOTHING: Mapping[str, Any] = {}

_STATUSES = {"no_data_available": "no_data", "timeout": "timed_out"}
"""What an error of a category makes of the run that it ends: `failed`, unless it is named here."""


def track_run(name: str, *, key: object = None, labels: Mapping[str, Any] = _NOTHING) -> "TrackedRun":
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
    guard(partial(_beat, name), _nothing)


class TrackedRun:
    """What `track_run` returns: a block that is a run."""

    def __init__(self, plan: Plan, key: object) -> None:
        self._plan, self._key = plan, key

    def __enter__(self) -> Run:
        frame = sys._getframe(1)  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
        return begin(self, self._plan, frame, self._key) or Run("", "")

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        end(self, self._plan, exc)


class Stretch:
    """A call that is captured, and reported if it is a run."""

    __slots__ = ("_plan",)

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __enter__(self) -> Run | None:
        return begin(self, self._plan, sys._getframe(1))  # noqa: SLF001  # as above

    def __exit__(self, cls: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> bool:
        return not end(self, self._plan, exc)[1]


def begin(owner: object, plan: Plan, frame: FrameType, key: object = None) -> Run | None:
    """Report that a run starts, and return it; None if the plan names none.

    Args:
        owner: What will end it.
        plan: Names it.
        frame: Where it starts.
        key: What it runs for.
    """
    if plan.run is None:
        return None
    run_id, now = stamp()
    run = Run(run_id, plan.run, key)
    open_run(run, owner, frame)
    guard(partial(_write, run, ("run", "started", now, None), plan.options), _nothing)
    return run


def end(owner: object, plan: Plan, exc: BaseException | None, mechanism: str | None = None) -> tuple[str | None, bool]:
    """Record what ended a call or a block, and report how its run ended; return the error_id, and whether it goes on.

    Args:
        owner: What began it.
        plan: How it is recorded.
        exc: What ended it, None if nothing did.
        mechanism: What saw it, in place of the plan's own.
    """
    error_id, goes_on = None, True
    try:
        if exc is not None:
            error_id, goes_on = see(exc, plan, mechanism or plan.mechanism)
        return error_id, goes_on
    finally:
        run = None if plan.run is None else close_run(owner)
        if run is not None:
            guard(partial(_finish, run, plan.options, exc, error_id), _nothing)


def _finish(run: Run, options: Options, exc: BaseException | None, error_id: str | None) -> None:
    if exc is not None:
        _ended(run, options, exc, error_id)
    duration = round((time.monotonic() - run.began) * 1_000, 3)
    _write(run, ("run", run.outcome(), time.time_ns(), duration), options)


def _ended(run: Run, options: Options, exc: BaseException, error_id: str | None) -> None:
    leaf = unwrap(exc)[1]
    if issubclass(type(leaf), SystemExit) and not has_failed(leaf):
        return
    name, words = error_type(leaf), message(leaf)
    status = _STATUSES.get(category_of(leaf, options, name, words), "failed")
    if issubclass(type(leaf), GeneratorExit) or _is_closing(leaf):  # whoever asked for its values wants no more of them
        status = "partial"
    run.ended(status, summary(name, words), error_id)


def _is_closing(leaf: BaseException) -> bool:
    # A loop that ends cancels its tasks; one of them may be its own, which closes a generator that was abandoned.
    return type(leaf).__name__ == "CancelledError" and is_closing_generator()


def _beat(name: str | None) -> None:
    run_id, now = stamp()
    run = Run(run_id, HEARTBEAT + (text(name) if name else runtime().service or UNNAMED))
    _write(run, ("heartbeat", "succeeded", now, None), Options())


def _write(run: Run, moment: Moment, options: Options) -> None:
    call, labels, failure = circumstances(options)
    write(report(run, moment, labels, call, runtime(), failure))


def _nothing(_failure: str) -> None:
    return None
