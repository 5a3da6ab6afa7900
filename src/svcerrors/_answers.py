"""What a handler answered: a failure that was returned and not raised, and an exception that is an answer."""

import sys
from typing import Any

from svcerrors._chain import Description
from svcerrors._context import current_call, is_request
from svcerrors._frames import Frame, culprit, in_app
from svcerrors._guard import attempt
from svcerrors._options import Options
from svcerrors._record import record_told
from svcerrors._tally import tally

__all__ = ["PLAIN", "failed_answer", "is_answer", "see_answer", "see_status"]

PLAIN = frozenset({type(None), bool, int, float, str, bytes, dict, list})
"""What no handler answers a failure with."""

SERVER_ERRORS = range(500, 600)

_BELOW_500 = range(100, 500)

# Exceptions that frameworks take for an answer: class, module, and where the status is.
_ANSWERS = (
    ("HTTPException", "werkzeug.exceptions", "code"),
    ("HTTPException", "starlette.exceptions", "status_code"),
    ("HTTPException", "aiohttp.web_exceptions", "status"),
    ("HTTPError", "falcon.http_error", "status_code"),
    ("HTTPError", "tornado.web", "status_code"),
    ("APIException", "rest_framework.exceptions", "status_code"),
)
_ALWAYS = (("Http404", "django.http.response"), ("PermissionDenied", "django.core.exceptions"))


def is_answer(exc: BaseException) -> bool:
    """Tell whether an exception is how a framework spells an answer below 500: `abort(404)` is no error."""
    return bool(attempt(lambda: _is_answer(exc))[0])


def failed_answer(answer: Any) -> int | None:
    """Return the status of a response, or of a tuple (body, status), if it is 500 or more.

    A response of a client library is what another service answered, and none of ours.
    """
    if isinstance(answer, tuple):
        status = answer[1] if len(answer) > 1 else None
    elif hasattr(answer, "raise_for_status"):
        return None
    else:
        status = getattr(answer, "status_code", getattr(answer, "status", None))
    if isinstance(status, str):  # Flask takes "503 Service Unavailable" too
        status = int(status[:3]) if status[:3].isdecimal() else None
    return int(status) if isinstance(status, int) and status in SERVER_ERRORS else None


def see_answer(answer: Any, function: Any, arguments: tuple[Any, ...], before: int, options: Options) -> None:
    """Record what a handler returned if it is a failure, and no error of this call was recorded.

    Args:
        answer: What it returned.
        function: The handler.
        arguments: What it was called with.
        before: `tally.count` when it was called.
        options: How its errors are to be recorded.
    """
    caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    status = attempt(lambda: failed_answer(answer))[0]
    if status is None or tally.since(before):
        return
    if attempt(lambda: _is_handler(answer, arguments, caller))[0]:
        place = _place(function)
        name = place.function if place else type(function).__name__
        _record(f"{name} answered {status}", status, place, "decorator", options)


def see_status(status: int, request: Any, before: int, plan: tuple[str, Options]) -> None:
    """Record what an application answered to a request if it is a failure, and no error of this request was recorded.

    Args:
        status: What it answered.
        request: Has a method and a path.
        before: `tally.count` when it was called.
        plan: What sees it, and how it is to be recorded.
    """
    if status in SERVER_ERRORS and not tally.since(before):
        _record(f"{request.method} {request.path} was answered {status}", status, None, *plan)


def _record(words: str, status: int, place: Frame | None, mechanism: str, options: Options) -> None:
    frames = (place,) if place else ()
    error = Description(f"HttpStatus{status}", words, frames, culprit=culprit(frames))
    record_told(error, mechanism, handled=True, options=options)


def _is_answer(exc: BaseException) -> bool:
    known = {(cls.__name__, cls.__module__) for cls in type(exc).__mro__}
    if not known.isdisjoint(_ALWAYS):
        return True
    for name, module, attribute in _ANSWERS:
        if (name, module) in known:
            status = getattr(exc, attribute, None) or getattr(getattr(exc, "response", None), "status_code", None)
            return isinstance(status, int) and status in _BELOW_500
    return False


def _is_handler(answer: Any, arguments: tuple[Any, ...], caller: str) -> bool:
    # A helper may return (text, 503) of a call that it made: a framework calls handlers, the team's code its helpers.
    if any(map(is_request, arguments[:2])):
        return True
    return not in_app(caller) and (not isinstance(answer, tuple) or current_call().http_request is not None)


def _place(function: Any) -> Frame | None:
    code = getattr(getattr(function, "func", function), "__code__", None)
    if code is None:
        return None
    return Frame(code.co_filename, code.co_firstlineno, code.co_name, getattr(function, "__module__", None))
