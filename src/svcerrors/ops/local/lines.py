"""What Cloud Logging makes of the lines that a process writes.

A JSON object is a structured entry, its special fields lifted out
(https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields); the lines of one Python
traceback are one entry of severity ERROR; every other line is an entry without severity. The blocks of a chained
traceback are entries of their own, as on Cloud Run.
"""

import json
from collections.abc import Callable
from typing import Any

__all__ = ["Lines", "payload"]

_LIFTED = {
    "severity": "severity",
    "time": "timestamp",
    "httpRequest": "httpRequest",
    "logging.googleapis.com/trace": "trace",
    "logging.googleapis.com/spanId": "spanId",
    "logging.googleapis.com/trace_sampled": "traceSampled",
    "logging.googleapis.com/labels": "labels",
    "logging.googleapis.com/sourceLocation": "sourceLocation",
    "logging.googleapis.com/insertId": "insertId",
    "logging.googleapis.com/operation": "operation",
}

_TYPES: dict[str, type] = {
    "httpRequest": dict,
    "logging.googleapis.com/trace_sampled": bool,
    "logging.googleapis.com/labels": dict,
    "logging.googleapis.com/sourceLocation": dict,
    "logging.googleapis.com/operation": dict,
}

_HEADER = "Traceback (most recent call last):"


def payload(line: str) -> dict[str, Any]:
    """Return the part of a LogEntry that one line gives."""
    document = _object(line)
    if document is None:
        return {"textPayload": line}
    entry = {name: document.pop(key) for key, name in _LIFTED.items() if _is_special(key, document.get(key))}
    if set(document) == {"message"}:
        return {**entry, "textPayload": document["message"]}
    return {**entry, "jsonPayload": document}


def _is_special(key: str, value: Any) -> bool:
    """Tell whether a value is of the type that its special field takes: pino's `time` is a number, and stays."""
    return isinstance(value, _TYPES.get(key, str))


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


class Lines:
    """Gathers the lines of one stream into entries.

    Args:
        emit: Called with the payload of each entry and its time, nanoseconds since the epoch.
    """

    def __init__(self, emit: Callable[[dict[str, Any], int], None]) -> None:
        self._emit = emit
        self._block: list[str] = []
        self._since = 0

    def feed(self, line: str, at: int) -> None:
        """Take one line without its end, and when it was read."""
        if line == _HEADER:
            self.flush()
            self._block, self._since = [line], at
        elif self._block:
            self._block.append(line)
            if not line.startswith(" "):
                self.flush()
        elif line.strip():
            self._emit(payload(line), at)

    def flush(self) -> None:
        """Let go of a traceback that has not ended."""
        if self._block:
            self._emit({"textPayload": "\n".join(self._block), "severity": "ERROR"}, self._since)
            self._block = []
