"""Errors that asyncio's event loop is left with: in callbacks, and in tasks whose result nobody reads."""

import sys
from collections.abc import Callable
from typing import Any

from svcerrors._record import record_uncaught

__all__ = ["install", "uninstall"]

Handler = Callable[[Any, dict[str, Any]], None]


class _Recorder:
    """The event loops' `call_exception_handler`, with ours before it."""

    def __init__(self, loops: Any) -> None:
        former: Handler = loops.call_exception_handler

        def call_exception_handler(loop: Any, context: dict[str, Any]) -> None:
            try:
                if self._active:
                    record_uncaught(context.get("exception"), "asyncio", handled=True)
            finally:
                former(loop, context)

        self._loops, self._active = loops, True
        self._former, self._ours = former, call_exception_handler
        loops.call_exception_handler = call_exception_handler

    def remove(self) -> None:
        self._active = False
        if self._loops.call_exception_handler is self._ours:
            self._loops.call_exception_handler = self._former


class _Watch:
    """A finder that finds nothing: it is asked at every import, and so sees when asyncio has come.

    The package imports more modules after the one that holds the event loop.
    """

    def __init__(self) -> None:
        self._recorder: _Recorder | None = None
        sys.meta_path.insert(0, self)
        self.find_spec()

    def find_spec(self, *_asked: Any) -> None:
        loops = getattr(sys.modules.get("asyncio.base_events"), "BaseEventLoop", None)
        if loops is not None and self._recorder is None:
            self._recorder = _Recorder(loops)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self._recorder is not None:
            self._recorder.remove()


_watches: list[_Watch] = []


def install() -> None:
    """Watch every event loop, now or once asyncio is imported: services without it do not pay for its import."""
    if not _watches:
        _watches.append(_Watch())


def uninstall() -> None:
    """Put the event loops' method back as it was."""
    while _watches:
        _watches.pop().remove()
