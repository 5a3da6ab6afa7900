"""What waits to be written: rows in the order in which they came, bounded, and taken a batch at a time."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from svcerrors.sink.storing import Row

__all__ = ["MAX_BYTES", "MAX_ROWS", "QUEUE_BYTES", "QUEUE_ROWS", "Job", "Ticket", "Waiting"]

MAX_ROWS = 500
MAX_BYTES = 8_000_000
"""Of one write: what BigQuery advises, and below the 10 MB that it takes."""

QUEUE_ROWS = 10_000
QUEUE_BYTES = 64_000_000
"""What may wait; a message that would be above that is refused at once, and Pub/Sub slows down."""

Ticket = Future[None]
"""Settled with what became of the rows: an exception when any was not stored."""


class Job(NamedTuple):
    """Rows that are stored together or not acknowledged, and who waits for them."""

    ticket: Ticket
    rows: Sequence[Row]
    size: int


class Waiting:
    """A queue of jobs; whoever shares it between threads locks it.

    Args:
        max_rows: How many rows may wait.
        max_bytes: How many bytes may wait.
    """

    def __init__(self, max_rows: int = QUEUE_ROWS, max_bytes: int = QUEUE_BYTES) -> None:
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._jobs: deque[Job] = deque()
        self.rows = self._bytes = 0

    def __len__(self) -> int:
        return len(self._jobs)

    def has_room(self, job: Job) -> bool:
        """Tell whether a job may wait, too; one that is larger than the whole queue waits alone."""
        fits = self.rows + len(job.rows) <= self._max_rows and self._bytes + job.size <= self._max_bytes
        return fits or not self._jobs

    def put(self, job: Job) -> None:
        """Append a job."""
        self._jobs.append(job)
        self._count(job, 1)

    def batch(self) -> list[Job]:
        """Take the next jobs for one write: at most MAX_ROWS and MAX_BYTES, or one job that is larger."""
        jobs: list[Job] = []
        rows = size = 0
        while self._jobs:
            job = self._jobs[0]
            rows, size = rows + len(job.rows), size + job.size
            if jobs and (rows > MAX_ROWS or size > MAX_BYTES):
                break
            self._count(self._jobs.popleft(), -1)
            if job.ticket.set_running_or_notify_cancel():
                jobs.append(job)
        return jobs

    def remove(self, ticket: Ticket) -> bool:
        """Take one job out; tell whether it was still there."""
        job = next((job for job in self._jobs if job.ticket is ticket), None)
        if job:
            self._jobs.remove(job)
            self._count(job, -1)
        return job is not None

    def clear(self) -> list[Job]:
        """Take all out."""
        left = list(self._jobs)
        self._jobs.clear()
        self.rows = self._bytes = 0
        return left

    def _count(self, job: Job, sign: int) -> None:
        self.rows += sign * len(job.rows)
        self._bytes += sign * job.size
