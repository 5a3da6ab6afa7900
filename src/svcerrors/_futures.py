"""What is submitted to an executor: it belongs to the runs that submit it; what it raises is recorded on demand.

Pools of multiprocessing are executors too.
"""

import sys
from collections.abc import Callable
from typing import Any

from svcerrors._open_runs import inherited
from svcerrors._options import Options
from svcerrors._plan import Plan, failed
from svcerrors._watch import Patch

__all__ = ["see_pools", "see_process_pools", "see_thread_pools", "want"]

_wanted = False


def want(*, wanted: bool) -> None:
    """Set whether what is raised is recorded, whoever reads the result."""
    global _wanted  # noqa: PLW0603  # one program is one process
    _wanted = wanted


def see_thread_pools(executors: Any) -> Patch:
    """Have what is submitted to a class of executors run in the runs that it is submitted in, captured if wanted."""
    return Patch(executors, "submit", _to_threads)


def see_process_pools(executors: Any) -> Patch:
    """Capture what is submitted to a class of executors if that is wanted; another process has none of these runs."""
    return Patch(executors, "submit", _to_processes)


def see_pools(pools: Any, name: str) -> Patch:
    """Capture what a method of a class of multiprocessing's pools is given, if that is wanted."""
    return Patch(pools, name, _to_pools)


class _Call:
    """A function that is submitted, captured; it is pickled for a process as the function would be."""

    def __init__(self, function: Callable[..., Any], mechanism: str) -> None:
        self._function, self._mechanism = function, mechanism

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._function(*args, **kwargs)
        except (StopIteration, StopAsyncIteration):  # how `next` in a thread says that there is no more
            raise
        except Exception:
            failed(Plan(Options(), swallowed=None, mechanism=self._mechanism))
            raise


def _in(runs: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        outside = inherited.set(runs)
        try:
            return function(*args, **kwargs)
        finally:
            inherited.reset(outside)

    return call


def _to_threads(former: Any, patch: Patch) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        call = _Call(fn, "threading") if patch.active and _wanted else fn
        runs = inherited.get()
        if not (patch.active and runs):
            return former(self, call, *args, **kwargs)
        inside = inherited.set(())  # a thread of the pool that starts now outlives this call, and serves others
        try:
            return former(self, _in(runs, call), *args, **kwargs)
        finally:
            inherited.reset(inside)

    return submit


def _to_processes(former: Any, patch: Patch) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        call = _Call(fn, "multiprocessing") if patch.active and _wanted else fn
        return former(self, call, *args, **kwargs)

    return submit


def _to_pools(former: Any, patch: Patch) -> Any:
    def give(self: Any, *args: Any, **kwargs: Any) -> Any:
        if patch.active and _wanted:
            has_threads = isinstance(self, sys.modules["multiprocessing.pool"].ThreadPool)
            mechanism = "threading" if has_threads else "multiprocessing"
            if args:
                args = (_Call(args[0], mechanism), *args[1:])
            elif "func" in kwargs:
                kwargs["func"] = _Call(kwargs["func"], mechanism)
        return former(self, *args, **kwargs)

    return give
