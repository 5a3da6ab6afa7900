"""A stretch of the program from its beginning to its end, captured, and reported if it is a run."""

from __future__ import annotations

import sys
import time
from functools import partial
from types import FrameType, TracebackType

from svcerrors._chain import error_type, unwrap
from svcerrors._context import circumstances
from svcerrors._exception import message
from svcerrors._guard import guard
from svcerrors._ids import stamp
from svcerrors._open_runs import close_run, open_run
from svcerrors._options import Options, category_of
from svcerrors._outbox import release, waiting, write
from svcerrors._payload import summary
from svcerrors._plan import Plan, has_failed, see
from svcerrors._program import runtime
from svcerrors._run import Moment, Run, report
from svcerrors._stack import is_closing_generator

__all__ = ["Stretch", "begin", "end", "quietly", "tell"]

_STATUSES = {"no_data_available": "no_data", "timeout": "timed_out"}
"""What an error of a category makes of the run that it ends: `failed`, unless it is named here."""


class Stretch:
    """A call that is captured, and reported if it is a run."""

    __slots__ = ("_plan",)

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __enter__(self) -> Run | None:
        return begin(self, self._plan, sys._getframe(1))  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy

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
    guard(partial(tell, run, ("run", "started", now, None), plan.options), quietly)
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
        elif waiting:
            release()
        return error_id, goes_on
    finally:
        run = None if plan.run is None else close_run(owner)
        if run is not None:
            guard(partial(_finish, run, plan.options, exc, error_id), quietly)


def _finish(run: Run, options: Options, exc: BaseException | None, error_id: str | None) -> None:
    if exc is not None:
        _ended(run, options, exc, error_id)
    duration = round((time.monotonic() - run.began) * 1_000, 3)
    tell(run, ("run", run.outcome(), time.time_ns(), duration), options)


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


def tell(run: Run, moment: Moment, options: Options) -> None:
    """Write a line of a run."""
    call, labels, failure = circumstances(options)
    write(report(run, moment, labels, call, runtime(), failure))


def quietly(_failure: str) -> None:
    """Let a line that could not be made be missing."""
