"""Group commit: what queued while a write was in flight goes into the next one.

No request waits for others to come (a fixed linger costs latency when there is little to do), and each learns what
became of its own rows. What is written is written before its request is answered, never after.
"""

import os
import threading
from collections.abc import Callable, Sequence
from time import monotonic

from svcerrors._errors import SinkFull, SinkStopping
from svcerrors.sink.storing import Fate, Row
from svcerrors.sink.waiting import QUEUE_BYTES, QUEUE_ROWS, Job, Ticket, Waiting

__all__ = ["GroupCommit"]

WRITERS = 2
"""Writes in flight at once: while one waits for the network the next is made."""

Store = Callable[[Sequence[Row]], Sequence[Fate]]
"""Writes rows, and returns the fate of each."""


class GroupCommit:
    """Writes rows of many requests together; its threads start when, and in the process where, they are first needed.

    Args:
        store: Writes rows.
        writers: How many writes may be in flight.
        queue_rows: How many rows may wait.
        queue_bytes: How many bytes may wait.
    """

    def __init__(
        self, store: Store, *, writers: int = WRITERS, queue_rows: int = QUEUE_ROWS, queue_bytes: int = QUEUE_BYTES
    ) -> None:
        self._store = store
        self._writers = writers
        self._limits = queue_rows, queue_bytes
        self._stopping = False
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def submit(self, rows: Sequence[Row]) -> Ticket:
        """Queue rows that are to be stored together; return what will tell their fate.

        Raises:
            SinkFull: Too much waits already.
            SinkStopping: `stop` was called.
        """
        job = Job(Ticket(), rows, sum(row.size for row in rows))
        with self._changed:
            if self._stopping:
                raise SinkStopping("the sink stops")
            if not self._waiting.has_room(job):
                raise SinkFull(f"{self._waiting.rows} rows wait to be written")
            self._waiting.put(job)
            self._hire()
            self._changed.notify()
        return job.ticket

    @property
    def waiting(self) -> int:
        """Return how many rows wait to be written."""
        return self._waiting.rows

    def withdraw(self, ticket: Ticket) -> bool:
        """Take rows back; tell whether that succeeded: what is being written cannot be taken back."""
        with self._changed:
            return self._waiting.remove(ticket) and ticket.cancel()

    def stop(self) -> None:
        """Refuse whatever comes from now on; what waits is still written. A signal handler may call this."""
        self._stopping = True

    def drain(self, grace: float) -> bool:
        """Stop, and wait until all is written; tell whether it was.

        Args:
            grace: Seconds; what still waits then is cancelled.
        """
        self.stop()
        deadline = monotonic() + grace
        with self._changed:
            while (self._waiting or self._in_flight) and self._changed.wait(max(0.0, deadline - monotonic())):
                pass
            left = self._waiting.clear()
            done = not left and not self._in_flight
        for job in left:
            job.ticket.cancel()
        return done

    def _begin(self) -> None:
        # Again in a forked child: it has none of the threads, and the lock may have been held by one of them.
        self._changed = threading.Condition()
        self._waiting = Waiting(*self._limits)
        self._threads: list[threading.Thread] = []
        self._idle = self._in_flight = 0

    def _hire(self) -> None:
        if not self._idle and len(self._threads) < self._writers:
            thread = threading.Thread(target=self._write, name="svcerrors-commit", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _write(self) -> None:
        while True:
            jobs = self._take()
            _settle(jobs, self._store)
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def _take(self) -> list[Job]:
        with self._changed:
            self._idle += 1
            while not self._waiting:
                self._changed.wait()
            self._idle -= 1
            self._in_flight += 1
            return self._waiting.batch()


def _settle(jobs: Sequence[Job], store: Store) -> None:
    try:
        fates = iter(store([row for job in jobs for row in job.rows]))
        outcomes = [next(filter(None, [next(fates) for _ in job.rows]), None) for job in jobs]
    except BaseException as exc:  # noqa: BLE001  # those who wait are told, and the next batch is none the worse
        for job in jobs:
            job.ticket.set_exception(exc)
        return
    for job, outcome in zip(jobs, outcomes, strict=True):
        job.ticket.set_exception(outcome) if outcome else job.ticket.set_result(None)
