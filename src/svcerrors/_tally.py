"""How many errors were recorded, and whether one was in this call: a failed answer after it is not a second one."""

from contextvars import ContextVar

__all__ = ["Tally", "tally"]

_latest: ContextVar[int] = ContextVar("svcerrors_latest", default=0)
_request: ContextVar[list[int] | None] = ContextVar("svcerrors_request", default=None)


class Tally:
    """Counts what this process recorded.

    Attributes:
        count: Errors so far. Read before a call, it tells `since` where the call began.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def open(self) -> int:
        """Begin a request, whose threads and tasks count as one from here; return the count."""
        _request.set([0])
        return self.count

    def add(self) -> None:
        """Count one more, in this thread or task, and in its request."""
        self.count += 1
        _latest.set(self.count)
        request = _request.get()
        if request is not None:
            request[0] = self.count

    def since(self, before: int) -> bool:
        """Tell whether this thread or task, or its request, has recorded an error after the count was `before`."""
        request = _request.get()
        return _latest.get() > before or (request is not None and request[0] > before)


tally = Tally()
"""This process's own."""
