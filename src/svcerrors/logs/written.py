"""What a process wrote itself, or its interpreter, or its web server: text on stdout, stderr or in a log record."""

from svcerrors.logs import hosts
from svcerrors.logs.entry import PAYLOAD_LIMIT, SEVERITIES, LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.tracebacks import Traceback, parse
from svcerrors.logs.values import text

__all__ = ["written"]

_STDOUT = "run.googleapis.com/stdout"

_LEVEL_KEYS = ("severity", "level", "levelname")
_QUOTED = frozenset({"DEBUG", "INFO", "NOTICE"})


def written(entry: LogEntry) -> list[Record]:
    """Return the row of an error whose text an entry holds; nothing for a text that says it is none."""
    words = entry.text or text(entry.json.get("message"), PAYLOAD_LIMIT) or ""
    severity = _severity(entry)
    if not words or severity in _QUOTED:
        return []
    found = parse(words)
    if found and not (found.is_fragment and entry.log_id == _STDOUT):
        return [_traceback(entry, found, severity)]
    said = hosts.said(words)
    return [failure(entry, said.error_type, said.message, mechanism="log_entry")] if said else []


def _severity(entry: LogEntry) -> str:
    """Return the entry's severity, else the level that the record names."""
    named = (text(entry.json.get(key)) or "" for key in _LEVEL_KEYS)
    levels = (level.upper() for level in named if level.upper() in SEVERITIES)
    return entry.severity if entry.severity != "DEFAULT" else next(levels, "DEFAULT")


def _traceback(entry: LogEntry, found: Traceback, severity: str) -> Record:
    return failure(
        entry,
        hosts.error_type(found),
        found.error_message,
        mechanism="traceback_text",
        severity="ERROR" if severity == "DEFAULT" else severity,
        stack_trace=found.stack_trace,
        frames=found.frames,
        causes=found.causes,
        culprit=found.culprit,
        handled=found.handled,
        is_fragment=found.is_fragment,
    )
