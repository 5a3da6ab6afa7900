"""Our own line: the object `svcerrors` in jsonPayload, its keys named as the columns.

Cloud Logging moves severity, time, httpRequest, trace and spanId out of the payload
(https://cloud.google.com/logging/docs/structured-logging#special-payload-fields); `message`, `stack_trace` and
`serviceContext` stay at its top for Error Reporting. Whatever the payload claims, who failed is who the platform says.
"""

from collections.abc import Callable, Mapping
from typing import Any

from svcerrors._category import CATEGORIES, RULES, categorise
from svcerrors._chain import CHAIN_LIMIT, MESSAGE_LIMIT, Cause
from svcerrors._frames import CODE_LIMIT, Frame, bounded
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.reported import reported
from svcerrors.logs.tracebacks.traceback import STACK_LIMIT, ends
from svcerrors.logs.values import KEY, Malformed, flag, integer, labels, mapping, text, uuid

__all__ = ["KEY", "structured"]

_TEXTS = ("phase", "processor_name", "culprit", "environment", "correlation_id")
_FLAGS = ("handled", "is_fragment", "recovery_attempted", "recovery_successful")
# What only an entry that is not ours may say of itself: `incidents` takes such rows for symptoms and copies.
_NOT_OURS = frozenset({"traceback_text", "log_entry", "platform", "audit", "request", "scheduler"})
_EVENT_TEXTS = ("id", "type", "source", "subject")


def structured(entry: LogEntry) -> list[Record]:
    """Return the row of a line of ours; nothing for a kind that this version does not know.

    Raises:
        Malformed: It is no line of ours, whatever it calls itself.
    """
    payload = entry.json[KEY]
    if not isinstance(payload, Mapping):
        raise Malformed(f"{KEY} is not an object")
    kind = payload.get("kind")
    if not isinstance(kind, str):
        raise Malformed(f"{KEY}.kind is not a string")
    read = _KINDS.get(kind)
    return [read(entry, payload)] if read else []


def _error(entry: LogEntry, payload: Mapping[str, Any]) -> Record:
    error_type, message = text(payload.get("error_type")), payload.get("error_message", "")
    if not error_type:
        raise Malformed(f"{KEY}.error_type is not a string")
    if not isinstance(message, str):
        raise Malformed(f"{KEY}.error_message is not a string")
    columns = {
        **{name: text(payload.get(name)) for name in _TEXTS},
        **{name: flag(payload.get(name)) for name in _FLAGS},
        **_own(entry, payload),
    }
    given = {name: value for name, value in columns.items() if value is not None}
    return failure(entry, error_type, text(message, MESSAGE_LIMIT) or "", **given)


def _own(entry: LogEntry, payload: Mapping[str, Any]) -> dict[str, Any]:
    stack = text(entry.json.get("stack_trace"), 2 * STACK_LIMIT)
    category, mechanism = text(payload.get("error_category")), text(payload.get("mechanism"))
    return {
        "error_id": uuid(payload.get("error_id")),
        "error_category": category if category in CATEGORIES and _is_chosen(category, payload) else None,
        "fingerprint": text(payload.get("fingerprint"), 200),
        "mechanism": None if mechanism in _NOT_OURS else mechanism,
        "severity": "ERROR" if entry.severity == "DEFAULT" else entry.severity,
        "stack_trace": ends(stack) if stack else None,
        "frames": tuple(bounded(_frame(mapping(one)) for one in _list(payload, "frames"))),
        "causes": tuple(_cause(mapping(one)) for one in _list(payload, "causes")[:CHAIN_LIMIT]),
        "occurrences": _occurrences(payload.get("occurrences", 1)),
        "release": text(payload.get("release")),
        "execution_id": text(entry.labels.get("execution_id")) or text(payload.get("execution_id")),
        "event": _event(mapping(payload.get("event"))),
        "labels": labels(payload.get("labels")),
        "schema_version": integer(payload.get("schema_version")),
    }


def _is_chosen(category: str, payload: Mapping[str, Any]) -> bool:
    """Tell whether the service meant a category: what our own rules say is open to the rules that the sink knows."""
    error_type, message = text(payload.get("error_type")) or "", text(payload.get("error_message")) or ""
    return category != categorise(error_type, message, RULES)


def _occurrences(value: Any) -> int:
    count = integer(value)
    if count is None or count < 1:
        raise Malformed(f"{KEY}.occurrences is not a positive number")
    return count


def _list(payload: Mapping[str, Any], key: str) -> list[Any]:
    value = payload.get(key)
    return value if isinstance(value, list) else []


def _frame(raw: Mapping[str, Any]) -> Frame:
    return Frame(
        text(raw.get("file")) or "",
        integer(raw.get("line")),
        text(raw.get("function")) or "",
        text(raw.get("module")),
        text(raw.get("code"), CODE_LIMIT),
    )


def _cause(raw: Mapping[str, Any]) -> Cause:
    message = text(raw.get("error_message"), MESSAGE_LIMIT)
    return Cause(text(raw.get("error_type")) or "", message or "", text(raw.get("relation")) or "cause")


def _event(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    if not raw:
        return None
    attempt = integer(raw.get("delivery_attempt"))
    return {**{name: text(raw.get(name)) for name in _EVENT_TEXTS}, "delivery_attempt": attempt}


_KINDS: dict[str, Callable[[LogEntry, Mapping[str, Any]], Record]] = {
    "error": _error,
    "heartbeat": reported,
    "run": reported,
}
