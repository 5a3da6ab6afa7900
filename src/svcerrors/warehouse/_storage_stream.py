"""A stream of appends that are answered in their order; whose wire it is, is not known here."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Protocol

from svcerrors.warehouse._storage_answers import Answer

__all__ = ["Call", "Stream", "Wire"]


class Call(Protocol):
    """A call that is under way."""

    def cancel(self) -> object:
        """Break it off."""


class Wire(Protocol):
    """How appends leave, and how answers come."""

    def call(self, requests: Iterator[Any]) -> Call:
        """Begin a call, which takes requests as they come."""

    def request(self, rows: Sequence[bytes], *, is_first: bool) -> Any:
        """Return a request; the first of a call says of what."""

    def listen(self, call: Any, settle: Callable[[Answer], None]) -> Answer:
        """Settle each answer of a call; return what its end means."""


class Stream:
    """A connection on which appends go out, and are answered in their order; it ends for good when it ends.

    Args:
        wire: How.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._requests: SimpleQueue[Any] = SimpleQueue()
        self._waiting: deque[Future[Answer]] = deque()
        self._end: Answer | None = None
        self._is_first = True
        self._call = wire.call(iter(self._requests.get, None))
        threading.Thread(target=self._listen, name="svcerrors-append", daemon=True).start()

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended yet, as far as is known here."""
        return self._end is None

    def append(self, rows: Sequence[bytes], seconds: float) -> Answer:
        """Append rows; return what became of them. What is not answered within `seconds` ends the stream."""
        answer: Future[Answer] = Future()
        with self._lock:
            if self._end:
                return self._end
            self._waiting.append(answer)
            self._requests.put(self._wire.request(rows, is_first=self._is_first))
            self._is_first = False
        try:
            return answer.result(seconds)
        except TimeoutError:
            self.close()
            return Answer(504, f"no answer within {seconds:.1f} s")

    def end(self) -> None:
        """Take no more appends; those that are under way are still answered."""
        with self._lock:
            self._end = self._end or Answer(503, "the stream is done with")
        self._requests.put(None)

    def close(self) -> None:
        """Break the stream off; appends that were not answered are told so."""
        self._call.cancel()
        self._finish(Answer(503, "the stream was closed"))

    def _listen(self) -> None:
        self._finish(self._wire.listen(self._call, self._settle))

    def _settle(self, answer: Answer) -> None:
        with self._lock:
            waiting = self._waiting.popleft() if self._waiting else None
        if waiting:
            waiting.set_result(answer)

    def _finish(self, end: Answer) -> None:
        with self._lock:
            self._end = self._end or end
            left = list(self._waiting)
            self._waiting.clear()
        self._requests.put(None)  # lets the thread that takes the requests end
        for answer in left:
            answer.set_result(end)
