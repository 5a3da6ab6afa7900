"""The platform ends an instance while it works: SIGTERM, with calls in flight or runs open that will not end."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from svcerrors._chain import Description
from svcerrors._context import wrappers
from svcerrors._errors import UsageError
from svcerrors._guard import attempt
from svcerrors._open_runs import open_runs
from svcerrors._options import Options
from svcerrors._outbox import release
from svcerrors._record import record_told

__all__ = ["Sigterm", "install"]


class Sigterm:
    """A handler of SIGTERM that records, and then does what would have been done without it."""

    def __init__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise UsageError("sigterm=True needs init() to be called in the main thread")
        self._former = signal.signal(signal.SIGTERM, self._on_signal)

    def remove(self) -> None:
        """Put the former handler back, unless another was put on top."""
        if signal.getsignal(signal.SIGTERM) == self._on_signal:
            signal.signal(signal.SIGTERM, self._former)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        attempt(_tell)
        release(everything=True)
        if callable(self._former):
            self._former(number, frame)
        elif self._former is signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def install() -> Sigterm:
    """Watch for SIGTERM; the default, which ends the process, is kept.

    Raises:
        UsageError: This is not the main thread: Python sets signal handlers there only.
    """
    return Sigterm()


def _tell() -> None:
    calls, runs = sum(map(_is_call, _stacks())), open_runs()
    if calls or runs:
        words = f"SIGTERM with {calls} calls in flight" + (f" and {runs} runs open" if runs else "")
        labels = {"calls_in_flight": calls, "runs_open": runs}
        options = Options(labels=labels, severity="WARNING")
        record_told(Description("Signal", words), "platform", handled=False, options=options)


def _is_call(stack: Iterator[Any]) -> bool:
    return any(code in wrappers for code in stack)


def _stacks() -> list[Iterator[Any]]:
    stacks = [_of_frames(frame) for frame in sys._current_frames().values()]  # noqa: SLF001  # documented all the same
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio else None  # noqa: SLF001  # likewise: it does not raise
    if asyncio is None or loop is None:
        return stacks
    waiting = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    return [*stacks, *(_of_awaited(task.get_coro()) for task in waiting)]


def _of_frames(frame: FrameType | None) -> Iterator[Any]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


def _of_awaited(coroutine: Any) -> Iterator[Any]:
    while coroutine is not None:
        yield getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
