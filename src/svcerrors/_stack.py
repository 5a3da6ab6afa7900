"""Where this thread stands: its frames, the generator that one of them is in, and the task that is at work."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from functools import lru_cache
from types import FrameType
from typing import Any

__all__ = ["current_task", "generator_of", "is_closing_generator", "is_on_stack"]

_SUSPENDABLE = 0x20 | 0x200
"""Flags of generators and asynchronous ones: between two of their values, what happens is their caller's affair."""


def is_on_stack(frame: FrameType) -> bool:
    """Tell whether a frame is at work in this thread: its own, or one that called it."""
    caller: FrameType | None = sys._getframe()  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    while caller is not None and caller is not frame:
        caller = caller.f_back
    return caller is frame


def generator_of(frame: FrameType | None) -> FrameType | None:
    """Return the frame if it is a generator's; one that contextlib makes a context manager of stands for its block."""
    while frame is not None:
        caller = frame.f_back
        is_generator = bool(frame.f_code.co_flags & _SUSPENDABLE)
        if not (_is_contextlib(frame) or (is_generator and _is_contextlib(caller))):
            return frame if is_generator else None
        frame = caller
    return None


def current_task() -> Any:
    """Return the task of asyncio that is at work in this thread, None if none is."""
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio else None  # noqa: SLF001  # unlike the public one, it does not raise
    return asyncio.current_task(loop) if asyncio and loop else None


def is_closing_generator() -> bool:
    """Tell whether this task only closes an asynchronous generator, as asyncio does with an abandoned one."""
    task = current_task()
    return task is not None and type(task.get_coro()) is _closing()


def _is_contextlib(frame: FrameType | None) -> bool:
    return frame is not None and frame.f_globals.get("__name__") == "contextlib"


@lru_cache(maxsize=1)
def _closing() -> type:
    """Return the type of what `aclose()` returns, which has no public name."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)  # the loop that runs here is to know nothing of this generator
    try:
        closing = _nothing().aclose()
        closing.close()
        return type(closing)
    finally:
        sys.set_asyncgen_hooks(*hooks)


async def _nothing() -> AsyncGenerator[None, None]:
    yield
