"""Errors that nobody catches: each hook records, then calls the one that was there before, exactly once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from svcerrors._open_runs import inherited
from svcerrors._program import runtime
from svcerrors._record import record_uncaught
from svcerrors._watch import Awaited, Patch, Watch

__all__ = ["install", "uninstall"]


class _Hook:
    """A hook in place of another, which it calls in any case, unless that is the default on a platform.

    There, the interpreter's own text would be a second entry for an error that is on its line already.
    """

    def __init__(self, owner: ModuleType, name: str, see: Callable[..., str | None]) -> None:
        self._owner, self._name, self._see = owner, name, see
        self._former = getattr(owner, name)
        self._default = getattr(owner, f"__{name}__")
        self._active = True
        setattr(owner, name, self)

    def __call__(self, *args: Any) -> None:
        error_id = None
        try:
            error_id = self._see(*args) if self._active else None
        finally:
            if not (error_id and self._former is self._default and runtime().managed):
                self._former(*args)

    def remove(self) -> None:
        self._active = False
        if getattr(self._owner, self._name) is self:
            setattr(self._owner, self._name, self._former)


def _in_main(_cls: Any, exc: BaseException | None, _tb: Any) -> str | None:
    return record_uncaught(exc, "excepthook", handled=False)


def _in_thread(args: Any) -> str | None:
    return record_uncaught(args.exc_value, "threading", handled=True)


def _unraisable(args: Any) -> str | None:
    return record_uncaught(args.exc_value, "unraisable", handled=True)


def _see_threads(threads: Any) -> Patch:
    return Patch(threads, "start", _starting)


def _starting(former: Callable[[Any], None], patch: Patch) -> Callable[[Any], None]:
    def start(thread: Any) -> None:
        own, runs = vars(thread), inherited.get()
        if not (patch.active and runs) or "run" in own:
            return former(thread)

        def run() -> None:
            own.pop("run", None)  # it holds the thread, which holds it
            inherited.set(runs)
            thread.run()

        own["run"] = run
        try:
            return former(thread)
        except BaseException:
            own.pop("run", None)
            raise

    return start


def _see_loops(loops: Any) -> Patch:
    from svcerrors._eventloop import see_loops  # noqa: PLC0415  # for programs with event loops

    return see_loops(loops)


def _see_processes(processes: Any) -> Patch:
    from svcerrors._processes import see_processes  # noqa: PLC0415  # for programs with child processes

    return see_processes(processes)


def _see_thread_pools(executors: Any) -> Patch:
    from svcerrors._futures import see_thread_pools  # noqa: PLC0415  # for programs with executors

    return see_thread_pools(executors)


def _see_process_pools(executors: Any) -> Patch:
    from svcerrors._futures import see_process_pools  # noqa: PLC0415  # as above

    return see_process_pools(executors)


def _see_pools(name: str, pools: Any) -> Patch:
    from svcerrors._futures import see_pools  # noqa: PLC0415  # as above

    return see_pools(pools, name)


def _see_functions(registry: Any) -> Patch:
    from svcerrors.integrations.functions_framework import see_functions  # noqa: PLC0415  # for functions only

    return see_functions(registry)


# The methods of a pool by which all others give it a function.
_POOLED = ("apply_async", "_map_async", "imap", "imap_unordered")
_SEEN_BY = (
    (sys, "excepthook", _in_main),
    (threading, "excepthook", _in_thread),
    (sys, "unraisablehook", _unraisable),
)
_SEEN_WHEN_IMPORTED: tuple[Awaited, ...] = (
    ("asyncio.base_events", "BaseEventLoop", _see_loops),
    ("uvloop", "Loop", _see_loops),
    ("multiprocessing.process", "BaseProcess", _see_processes),
    ("threading", "Thread", _see_threads),
    ("concurrent.futures.thread", "ThreadPoolExecutor", _see_thread_pools),
    ("concurrent.futures.process", "ProcessPoolExecutor", _see_process_pools),
    *(("multiprocessing.pool", "Pool", partial(_see_pools, name)) for name in _POOLED),
    ("functions_framework", "_function_registry", _see_functions),
)
_installed: list[_Hook | Watch] = []


def install() -> None:
    """Put every hook in place, once."""
    if not _installed:
        _installed.extend(_Hook(*row) for row in _SEEN_BY)
        _installed.append(Watch(_SEEN_WHEN_IMPORTED))


def uninstall() -> None:
    """Put the former hooks back; one of ours that another has chained only passes errors on."""
    while _installed:
        _installed.pop().remove()
