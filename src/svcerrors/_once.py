"""What is on a line already: this raising of an exception, which may be raised again, or an error of this call."""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import Any

from svcerrors._frames import in_app, links

__all__ = ["former", "mark", "recorded", "tally", "unmark"]

_KEY = "_svcerrors_error_id"
# The instance's own dictionary: past a hostile __setattr__, and gone with the exception.
_DICT = BaseException.__dict__["__dict__"].__get__
_TRACEBACK = BaseException.__dict__["__traceback__"].__get__


_latest: ContextVar[int] = ContextVar("svcerrors_latest", default=0)
_request: ContextVar[list[int] | None] = ContextVar("svcerrors_request", default=None)


def _raising() -> None:
    raise LookupError


_RAISE = _raising.__code__.co_code[-2]
"""The instruction of a `raise` with an object: the last one of this function, which nobody calls."""


class _Mark:
    """Stays on an exception that was recorded; in another process, where tracebacks cannot go, it is the error_id.

    Attributes:
        place: Where the traceback began then: what is put before it later is on the way out, or a new raise.
    """

    __slots__ = ("error_id", "place")

    def __init__(self, error_id: str, place: TracebackType | None) -> None:
        self.error_id, self.place = error_id, place

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (self.error_id,)

    def __deepcopy__(self, memo: Any) -> _Mark:
        return self


def mark(exc: BaseException, error_id: str) -> None:
    """Remember on the exception itself that it is recorded, as it is raised now."""
    _DICT(exc)[_KEY] = _Mark(error_id, _TRACEBACK(exc))


def unmark(exc: BaseException) -> None:
    """Forget it."""
    _DICT(exc).pop(_KEY, None)


def recorded(exc: BaseException) -> str | None:
    """Return the error_id under which this raising of an exception is recorded, None if it is not."""
    known = dict.get(_DICT(exc), _KEY)
    if type(known) is str:  # it came from another process
        known = _Mark(known, None)
    if type(known) is not _Mark:
        return None
    if known.place is None:  # or had not been raised yet
        mark(exc, known.error_id)
        return known.error_id
    return None if _is_raised_anew(_TRACEBACK(exc), known.place) else known.error_id


def former(exc: BaseException) -> TracebackType | None:
    """Return where in the traceback an earlier raising begins that is recorded already."""
    known = dict.get(_DICT(exc), _KEY)
    return known.place if type(known) is _Mark else None


class _Tally:
    """Counts what this process recorded: a failed answer after an error of the same call is not a second one.

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


tally = _Tally()
"""This process's own."""


def _is_raised_anew(tb: TracebackType | None, place: TracebackType) -> bool:
    newer = list(links(tb, place))
    if newer and newer[-1].tb_next is None:  # the place is gone: another traceback, or one that was cut
        return newer[-1] is not _last(place) and _is_raise(newer[-1])
    return any(map(_begins, newer, [*newer[1:], place]))


def _begins(link: TracebackType, older: TracebackType) -> bool:
    # `raise exc` in the handler that holds it is no new error. The same instruction twice is a loop.
    again = link.tb_frame is older.tb_frame and link.tb_lasti != older.tb_lasti
    return not again and _is_raise(link)


def _is_raise(link: TracebackType) -> bool:
    # Not the library's that hands on what it keeps, such as the result of a future.
    code = link.tb_frame.f_code
    return in_app(code.co_filename) and code.co_code[link.tb_lasti] == _RAISE


def _last(tb: TracebackType) -> TracebackType:
    for link in links(tb):
        tb = link
    return tb
