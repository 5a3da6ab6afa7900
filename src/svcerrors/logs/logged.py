"""What a logging library wrote as a record: level, message and, where there is one, the error.

google-cloud-logging, structlog, python-json-logger, loguru, pino, winston, bunyan, logrus, zap, slog, logback, the
Elastic Common Schema, OpenTelemetry, and the ReportedErrorEvent of Error Reporting.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from svcerrors.logs.entry import PAYLOAD_LIMIT
from svcerrors.logs.levels import severity
from svcerrors.logs.values import integer, json_text, mapping, text

__all__ = ["ErrorObject", "error_object", "level", "message", "place", "texts"]

_LEVELS = (
    "severity",
    "level",
    "levelname",
    "lvl",
    "log.level",
    "severityText",
    "SeverityText",
    "levelno",
    "level_number",
)
_NUMBERS = ("severityNumber", "SeverityNumber")
_MESSAGES = ("message", "msg", "event", "short_message", "@message", "text", "body", "log", "error", "err", "exception")
_ERRORS = ("error", "err", "exception", "exc", "exc_info", "cause")

# Error Reporting reads stack_trace, then exception, then message:
# https://cloud.google.com/error-reporting/docs/formatting-error-messages
_STACKS = ("stack_trace", "stackTrace", "stacktrace", "exception", "exc_info", "exc_text", "traceback", "stack")
_PARTS = (*_STACKS, "formatted")
_TYPES = ("type", "exc_type", "class", "name", "kind", "className", "typeName")
_VALUES = ("message", "value", "exc_value", "msg", "detail", "description", "reason")
_DOTTED = ("error", "exception")


class ErrorObject(NamedTuple):
    """An error that a record holds as an object; the type is None when the object names none."""

    error_type: str | None
    message: str
    stack: str = ""


def level(payload: Mapping[str, Any]) -> str | None:
    """Return the severity that a record names, None when it names none; a record may hold another one."""
    inner = mapping(payload.get("record")) or mapping(payload.get("log"))
    for where in (payload, inner):
        for key in (*_LEVELS, *_NUMBERS):
            value = where.get(key)
            named = value.get("name") if isinstance(value, Mapping) else value
            if found := severity(named, key):
                return found
    return None


def message(payload: Mapping[str, Any]) -> str:
    """Return the words of a record: its message and, where that is another one, its error; else all of it."""
    inner = mapping(payload.get("record"))
    said = [text(where.get(key), PAYLOAD_LIMIT) for where in (inner, payload) for key in _MESSAGES]
    words = list(dict.fromkeys(word.strip() for word in said if word and word.strip()))[:2]
    if len(words) > 1 and (words[1] in words[0] or words[0] in words[1]):
        del words[1]
    return ": ".join(words) or (json_text(payload) or "")


def texts(payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a record that may hold a traceback, likely ones first."""
    for where in (*_objects(payload), payload):
        for key in _PARTS:
            if found := text(where.get(key), PAYLOAD_LIMIT):
                yield found
    for key in _MESSAGES:
        if found := text(payload.get(key), PAYLOAD_LIMIT):
            yield found


def error_object(payload: Mapping[str, Any]) -> ErrorObject | None:
    """Return the error that a record holds as an object."""
    for where in _objects(payload):
        error_type = next((found for key in _TYPES if (found := text(where.get(key)))), None)
        words = next((found for key in _VALUES if (found := text(where.get(key), PAYLOAD_LIMIT))), None)
        if error_type or words:
            stack = next((found for key in _STACKS if (found := text(where.get(key), PAYLOAD_LIMIT))), "")
            return ErrorObject(error_type, words or "", stack)
    return None


def place(payload: Mapping[str, Any], source: Mapping[str, Any]) -> tuple[str, int | None, str] | None:
    """Return file, line and function of the call that wrote a record: not where the error was raised."""
    reported = mapping(mapping(payload.get("context")).get("reportLocation"))
    file = text(source.get("file")) or text(reported.get("filePath"))
    if not file:
        return None
    line = integer(source.get("line")) or integer(reported.get("lineNumber"))
    return file, line, text(source.get("function")) or text(reported.get("functionName")) or ""


def _objects(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for where in (payload, mapping(payload.get("record"))):
        for key in _ERRORS:
            value = where.get(key)
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, Mapping):
                yield first
    for prefix in _DOTTED:
        dotted = {key.partition(".")[2]: value for key, value in payload.items() if key.startswith(f"{prefix}.")}
        if dotted:
            yield dotted
