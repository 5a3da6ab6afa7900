"""What a worker says of itself: one JSON line on stdout at a time, for log-based metrics."""

from collections import Counter
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any

from svcerrors.sink.own import say
from svcerrors.sink.receive import Receiver

__all__ = ["Metrics"]


class Metrics:
    """Counts messages; safe to share between threads.

    Args:
        receiver: The sink whose counts are told, too.
        every: Seconds between two lines.
    """

    def __init__(self, receiver: Receiver, every: float = 60.0) -> None:
        self._receiver, self._every = receiver, every
        self._lock = Lock()
        self._counts: Counter[str] = Counter(pulled=0, acknowledged=0, given_back=0)
        self._oldest = 0.0
        self._since = monotonic()

    def pulled(self) -> None:
        """Count a message that came."""
        self._count("pulled")

    def given_back(self) -> None:
        """Count a message that is to come again."""
        self._count("given_back")

    def acknowledged(self, published: datetime) -> None:
        """Count a message that is stored.

        Args:
            published: When Pub/Sub received it.
        """
        age = (datetime.now(UTC) - published).total_seconds()
        with self._lock:
            self._counts["acknowledged"] += 1
            self._oldest = max(self._oldest, age)

    def tell(self, *, last: bool = False) -> None:
        """Write a line, if it is time, or the last one: what was counted since the one before.

        `max_age_seconds` is the longest from publishing to acknowledging, `waiting` the rows that wait to be written;
        `total` is counted since this process started.
        """
        seconds = monotonic() - self._since
        if seconds < self._every and not last:
            return
        with self._lock:
            counts, self._counts = self._counts, Counter(dict.fromkeys(self._counts, 0))
            oldest, self._oldest = self._oldest, 0.0
        self._since = monotonic()
        told: dict[str, Any] = {"seconds": round(seconds, 1), **counts, "max_age_seconds": round(oldest, 3)}
        told |= {"waiting": self._receiver.commit.waiting, "total": self._receiver.own.counts()}
        say("INFO", f"svcerrors sink pull: {counts['acknowledged']} messages acknowledged", pull=told)

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
