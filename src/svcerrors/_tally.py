"""How many errors were recorded, and whether one was in this call: a failed answer after it is not a second one."""

from contextvars import ContextVar

__all__ = ["Tally", "tally"]

_latest: ContextVar[int] = ContextVar("svcerrors_latest", default=0)


class Tally:
    """Counts what this process recorded.

    Attributes:
        count: Errors so far. Read before a call, it tells `since` where the call began.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        """Count one more, in this thread or task."""
        self.count += 1
        _latest.set(self.count)

    def since(self, before: int) -> bool:
        """Tell whether this thread or task has recorded an error after the count was `before`."""
        return _latest.get() > before


tally = Tally()
"""This process's own."""
