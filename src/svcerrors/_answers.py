"""What a handler answered: a failure that was returned and not raised."""

import sys
from functools import lru_cache
from typing import Any

from svcerrors._chain import Description
from svcerrors._context import current_call, is_request
from svcerrors._frames import Frame, culprit, in_app
from svcerrors._guard import attempt
from svcerrors._once import tally
from svcerrors._options import Options
from svcerrors._outbox import release, waiting
from svcerrors._record import record_told

__all__ = ["PLAIN", "see_answer", "see_status"]

PLAIN = frozenset({type(None), bool, int, float, str, bytes, dict, list})
"""What no handler answers a failure with."""

SERVER_ERRORS = range(500, 600)


def see_answer(
    answer: Any, function: Any, arguments: tuple[Any, ...], before: int, options: Options, *, above: int = 2
) -> int | None:
    """Return the status of what a handler returned if it is a failure; record it, unless an error of this call was.

    Args:
        answer: What it returned.
        function: The handler.
        arguments: What it was called with.
        before: `tally.count` when it was called.
        options: How its errors are to be recorded.
        above: How many frames above this one the handler was called from.
    """
    cls: Any = type(answer)
    if not (_is_failed_pair(answer) if issubclass(cls, tuple) else _is_response(cls)):
        return None
    caller = sys._getframe(above).f_code.co_filename  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    status = attempt(lambda: _failed_status(answer))[0]
    if status is None or not attempt(lambda: _is_handler(answer, arguments, caller))[0]:
        return None
    if not tally.since(before):
        place = _place(function)
        name = place.function if place else type(function).__name__
        _record(f"{name} answered {status}", status, place, "decorator", options)
    return status


def see_status(status: int, request: Any, before: int, plan: tuple[str, Options]) -> None:
    """Record what an application answered to a request if it is a failure, and no error of this request was recorded.

    After any other request, what is held back and due is written.

    Args:
        status: What it answered.
        request: Has a method and a path.
        before: `tally.count` when it was called.
        plan: What sees it, and how it is to be recorded.
    """
    if status in SERVER_ERRORS and not tally.since(before):
        _record(f"{request.method} {request.path} was answered {status}", status, None, *plan)
    elif waiting:
        release()


def _record(words: str, status: int, place: Frame | None, mechanism: str, options: Options) -> None:
    frames = (place,) if place else ()
    error = Description(f"HttpStatus{status}", words, frames, culprit=culprit(frames))
    record_told(error, mechanism, handled=True, options=options)


def _is_failed_pair(answer: tuple[Any, ...]) -> bool:
    # (body, status) and (body, status, headers); Flask takes "503 Service Unavailable" too.
    status = answer[1] if 1 < len(answer) < 4 else None  # noqa: PLR2004  # as many
    return (isinstance(status, int) and status in SERVER_ERRORS) or (isinstance(status, str) and status[:1] == "5")


@lru_cache(maxsize=256)
def _is_response(cls: type) -> bool:
    # By its name: to ask anyone's object for its status could run a query. A client's is another service's answer.
    return any(base.__name__.endswith("Response") for base in cls.__mro__) and not hasattr(cls, "raise_for_status")


def _failed_status(answer: Any) -> int | None:
    is_pair = issubclass(type(answer), tuple)
    status = answer[1] if is_pair else getattr(answer, "status_code", getattr(answer, "status", None))
    if isinstance(status, str):
        status = int(status[:3]) if status[:3].isdecimal() else None
    return int(status) if isinstance(status, int) and status in SERVER_ERRORS else None


def _is_handler(answer: Any, arguments: tuple[Any, ...], caller: str) -> bool:
    # A helper may return (text, 503) of a call that it made: a framework calls handlers, the team's code its helpers.
    if any(map(is_request, arguments[:2])):
        return True
    return not in_app(caller) and (not issubclass(type(answer), tuple) or current_call().http_request is not None)


def _place(function: Any) -> Frame | None:
    function = getattr(function, "func", function)
    while (beneath := getattr(function, "__wrapped__", None)) is not None:
        function = beneath
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    return Frame(code.co_filename, code.co_firstlineno, code.co_name, getattr(function, "__module__", None))
