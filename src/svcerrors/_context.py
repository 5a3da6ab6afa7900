"""What the program was called with, read from a handler's arguments when it fails; no framework is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

from svcerrors._contextvars import bound_labels
from svcerrors._event import carried, event_of
from svcerrors._guard import attempt
from svcerrors._ids import read_trace
from svcerrors._jsonable import jsonable, text
from svcerrors._line import Call
from svcerrors._options import Options
from svcerrors._redact import redact_url

__all__ = ["circumstances", "current_call", "incoming", "is_captured", "is_request", "wrappers"]

DEPTH = 500
"""How many frames of the calling stack are looked at, innermost first."""

wrappers: set[CodeType] = set()
"""The code that runs around a decorated function: its `args` are the handler's. A middleware's has none."""

incoming: ContextVar[Any] = ContextVar("svcerrors_incoming", default=None)
"""The request that a middleware of ours let in, for the threads and tasks that work on it."""


def circumstances(options: Options) -> tuple[Call, dict[str, Any], str | None]:
    """Return what the program is doing, what is bound, and the class name of what failed in finding out."""
    call, no_call = attempt(current_call)
    labels, no_labels = attempt(lambda: jsonable({**bound_labels(), **options.labels}))
    return call or Call(), labels or {}, no_call or no_labels


def current_call() -> Call:
    """Return the request and event that this thread or task is handling."""
    calls = list(_calls())
    event = next((event for event in map(event_of, calls) if event), None)
    known = (*map(_request_of, calls), incoming.get(), _flasks_request())
    requests = [request for request in known if request is not None]
    if not requests:
        return Call(event=event)
    request = requests[0]
    execution_id = request.headers.get("Function-Execution-Id")
    return Call(
        read_trace(request.headers.get),
        text(execution_id) if execution_id else None,
        _http_request(request),
        event or next(filter(None, map(carried, requests)), None),  # not each of them knows the body
    )


def is_captured(function: Any) -> bool:
    """Tell whether a function is captured, also below other decorators that say what they decorate."""
    while function is not None:
        if getattr(function, "__code__", None) in wrappers:
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def _calls() -> Iterator[tuple[Any, ...]]:
    # Found on the stack when it is needed, so that a call without error pays nothing for it.
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    for _ in range(DEPTH):
        if frame is None:
            return
        if frame.f_code in wrappers:
            yield frame.f_locals.get("args", ())
        frame = frame.f_back


def _request_of(arguments: tuple[Any, ...]) -> Any | None:
    # A method's first argument is its object; Flask, Django, Starlette and Werkzeug agree on these two names.
    return next((argument for argument in arguments[:2] if is_request(argument)), None)


def is_request(argument: Any) -> bool:
    """Tell whether an object is a request of some framework."""
    return type(getattr(argument, "method", None)) is str and hasattr(getattr(argument, "headers", None), "get")


def _flasks_request() -> Any | None:
    # Also under functions-framework; where Flask is not imported it handles none.
    flask = sys.modules.get("flask")
    has_context = getattr(flask, "has_request_context", None)
    return getattr(flask, "request", None) if has_context and has_context() else None


def _http_request(request: Any) -> dict[str, str]:
    headers = request.headers
    forwarded = (headers.get("X-Forwarded-For") or "").partition(",")[0].strip()
    url = getattr(request, "url", None) or getattr(request, "path", None)
    values = {
        "requestMethod": request.method,
        "requestUrl": None if url is None else redact_url(str(url)),
        "userAgent": headers.get("User-Agent"),
        "remoteIp": forwarded or getattr(request, "remote_addr", None),
    }
    return {key: text(value) for key, value in values.items() if value}
