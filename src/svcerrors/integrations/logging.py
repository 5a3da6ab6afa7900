"""What a program logs as an error, through any logger of the standard library and whatever its handlers are."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from svcerrors._chain import Description
from svcerrors._fingerprint import LOGGED_ERROR
from svcerrors._frames import Frame, culprit
from svcerrors._guard import attempt
from svcerrors._light import pattern
from svcerrors._options import Options
from svcerrors._record import is_left_out, record, record_told
from svcerrors._redact import redact_text
from svcerrors._watch import Patch
from svcerrors.integrations.functions_framework import original

__all__ = ["install"]

MESSAGE_LIMIT = 8_192
"""Characters kept of what was logged."""

# What a server says of its own is read from its text: it has types of its own there, such as WorkerFailedToBoot.
_SERVERS = frozenset({"gunicorn.error", "uvicorn.error"})

# How warnings.formatwarning begins; captureWarnings logs it, and some log it as an error.
_WARNING = pattern(r"\S+:\d+: \w*Warning: ")

_Handling = Callable[[logging.Logger, logging.LogRecord], None]


def install(level: str = "ERROR") -> Patch:
    """Record every error that is logged; return what takes that back.

    A handler of the root logger would not do: gunicorn's loggers do not propagate, and dictConfig removes handlers.

    Args:
        level: The least level. WARNING records those that are logged with an exception; a plain one is no error.
    """
    least = getattr(logging, level)

    def make(former: _Handling, patch: Patch) -> _Handling:
        def call_handlers(logger: logging.Logger, told: logging.LogRecord) -> None:
            try:
                if patch.active and told.levelno >= least:
                    attempt(lambda: _see(told))
            finally:
                former(logger, told)

        return call_handlers

    return Patch(logging.Logger, "callHandlers", make)


def _see(told: logging.LogRecord) -> None:
    words = _words(told)
    exc = _exception(told, words)
    if isinstance(exc, Warning) or told.name == "py.warnings" or _WARNING.match(words):
        return
    if isinstance(exc, Exception):
        options = Options({"logger": told.name, "log_message": words}, severity=_severity(told))
        record(original(exc), "logging", handled=not _is_of_a_server(told), options=options)
    elif told.levelno >= logging.ERROR and told.name not in _SERVERS:
        place = (Frame(told.pathname, told.lineno, told.funcName or "", told.module),)
        error = Description(LOGGED_ERROR, words, place, culprit=culprit(place))
        record_told(error, "logging", handled=True, options=Options({"logger": told.name}, severity=_severity(told)))


def _exception(told: logging.LogRecord, words: str) -> BaseException | None:
    """Return the exception of a record: the one that it is given, that is being handled, or that it names.

    One that is being handled and has its line is not what a later record is about that says nothing of it.
    """
    given = told.exc_info[1] if isinstance(told.exc_info, tuple) else None
    named: tuple[Any, ...] = (told.msg, *(told.args if isinstance(told.args, tuple) else ()))
    handled = sys.exc_info()[1]
    if handled is not None and all(item is not handled for item in named) and is_left_out(original(handled), words):
        handled = None
    return next((item for item in (given, handled, *named) if issubclass(type(item), BaseException)), None)


def _words(told: logging.LogRecord) -> str:
    words: Any = attempt(told.getMessage)[0] or told.msg
    return redact_text(words[: 2 * MESSAGE_LIMIT])[:MESSAGE_LIMIT] if type(words) is str else ""


def _severity(told: logging.LogRecord) -> str:
    return "CRITICAL" if told.levelno >= logging.CRITICAL else "ERROR" if told.levelno >= logging.ERROR else "WARNING"


def _is_of_a_server(told: logging.LogRecord) -> bool:
    return told.name in _SERVERS or (type(told.msg) is str and told.msg.startswith("Exception on "))
