"""Processors of structlog: plain callables for anyone's own chain."""

import sys
from collections.abc import MutableMapping
from typing import Any

from svcerrors._chain import Description
from svcerrors._fingerprint import LOGGED_ERROR
from svcerrors._frames import Frame, culprit
from svcerrors._guard import attempt
from svcerrors._jsonable import text
from svcerrors._options import Options
from svcerrors._record import is_left_out, record, record_told

__all__ = ["record_errors"]

_SEVERITIES = {"error": "ERROR", "exception": "ERROR", "critical": "CRITICAL", "fatal": "CRITICAL"}
_NO_LABELS = frozenset({"event", "exc_info", "exception", "level", "stack", "stack_info", "timestamp"})

EventDict = MutableMapping[str, Any]


def record_errors(_logger: Any, method_name: str, event_dict: EventDict) -> EventDict:
    """Record what is logged as an error, and pass it on as it is: never raises.

    An error that is logged with an exception, or while one is handled, is that exception's record; another, or a later
    one that says nothing of it, is a `LoggedError` of the place that logged it. To stand before the processors that
    format `exc_info`. Where structlog logs through the standard library, `init(logging=...)` sees the same: use one of
    the two.
    """
    if method_name in _SEVERITIES:
        attempt(lambda: _see(_SEVERITIES[method_name], event_dict))
    return event_dict


def _see(severity: str, event_dict: EventDict) -> None:
    words = text(event_dict.get("event", ""))
    labels = {name: value for name, value in event_dict.items() if name not in _NO_LABELS}
    exc = _exception(event_dict)
    if isinstance(exc, Exception) and not isinstance(exc, Warning):
        options = Options({**labels, "log_message": words}, severity=severity)
        record(exc, "structlog", handled=True, options=options)
    elif exc is None:
        place = tuple(filter(None, [_place()]))
        error = Description(LOGGED_ERROR, words, place, culprit=culprit(place))
        record_told(error, "structlog", handled=True, options=Options(labels, severity=severity))


def _exception(event_dict: EventDict) -> BaseException | None:
    """Return the exception that is given as one, or as sys.exc_info() has it, else the one that is being handled."""
    exc_info = event_dict.get("exc_info")
    given = exc_info[1] if isinstance(exc_info, tuple) and len(exc_info) > 1 else exc_info
    if isinstance(given, BaseException):
        return given
    handled = sys.exc_info()[1]
    if exc_info or handled is None or any(value is handled for value in event_dict.values()):
        return handled
    return None if is_left_out(handled, " ".join(map(text, event_dict.values()))) else handled


def _place() -> Frame | None:
    frame: Any = sys._getframe()  # noqa: SLF001  # inspect.currentframe is this, and inspect is heavy
    while frame is not None and _is_of_logging(frame.f_globals.get("__name__") or ""):
        frame = frame.f_back
    if frame is None:
        return None
    return Frame(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, frame.f_globals.get("__name__"))


def _is_of_logging(module: str) -> bool:
    return module.partition(".")[0] in ("structlog", "svcerrors", "logging")
