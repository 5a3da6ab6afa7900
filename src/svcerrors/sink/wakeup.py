"""What other threads settle, told to a loop of asyncio."""

import asyncio
import threading

__all__ = ["Wakeup"]


class Wakeup:
    """Tells a loop of futures that are settled, of all that it has not heard of yet in one call.

    `asyncio.wrap_future` calls it for each: a write to a socket, after which the thread that has 500 to tell waits for
    the interpreter again, while the loop, which has the interpreter, waits for the rest of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: list[asyncio.Future[None]] = []

    def tell(self, loop: asyncio.AbstractEventLoop, settled: "asyncio.Future[None]") -> None:
        """Have the loop set a future's result; any thread may call this."""
        with self._lock:
            self._settled.append(settled)
            is_first = len(self._settled) == 1
        if is_first:
            try:
                loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed, and no one waits
                self._wake()

    def _wake(self) -> None:
        with self._lock:
            settled, self._settled = self._settled, []
        for one in settled:
            if not one.done() and not one.get_loop().is_closed():  # whoever waited for it may have gone
                one.set_result(None)
