"""What a logging library wrote as a record: the row of the error that it holds, or of its own words."""

import re
from dataclasses import replace

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors._redact import redact_text
from svcerrors.logs import hosts, logged
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.exception_dicts import exception_dicts
from svcerrors.logs.failures import failure
from svcerrors.logs.levels import is_error, is_quiet
from svcerrors.logs.records import Record
from svcerrors.logs.told import logged as logged_error
from svcerrors.logs.told import place_of, raised
from svcerrors.logs.tracebacks import Traceback, parse
from svcerrors.logs.values import text

__all__ = ["recorded"]

_REPORTED = "clouderrorreporting.googleapis.com/reported_errors"
_REPORTED_TYPE = ".ReportedErrorEvent"

# The repr of an exception, which is all that some records keep of one.
_REPR = re.compile(
    r"(?P<type>[A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Timeout))\((?P<quote>['\"]?)(?P<message>.*?)(?P=quote),?\)",
    re.DOTALL,
)


def recorded(entry: LogEntry) -> list[Record]:
    """Return the row of the error that a record holds; nothing for a record that says it is none."""
    level = _level(entry)
    if is_quiet(level):
        return []
    found = _raised(entry, is_told=is_error(level))
    if found:
        return [raised(entry, found, level)]
    words = logged.message(entry.json)
    if said := hosts.said(words):
        return [failure(entry, said.error_type, said.message, mechanism="log_entry")]
    if not is_error(level):
        return []
    stack = next((one for one in logged.texts(entry.json) if "\n\t" in one), "")
    return [logged_error(entry, words, level, place=_place(entry), stack=stack)]


def _level(entry: LogEntry) -> str:
    """Return the entry's severity, else the level that the record names, else ERROR of what was reported as one."""
    if entry.severity != "DEFAULT":
        return entry.severity
    kind = text(entry.json.get("@type")) or ""
    is_reported = entry.log_id == _REPORTED or kind.endswith(_REPORTED_TYPE)
    return logged.level(entry.json) or ("ERROR" if is_reported else "DEFAULT")


def _raised(entry: LogEntry, *, is_told: bool) -> Traceback | None:
    """Return the error of a record: of its texts, else of its objects; a piece only of one that says it is an error."""
    pieces = []
    for words in logged.texts(entry.json):
        found = parse(words)
        if found and not found.is_fragment:
            return found
        pieces += [found] if found else []
    whole = exception_dicts(entry.json) or _object(entry, is_told=is_told)
    return whole or next((replace(piece, is_fragment=False) for piece in pieces if is_told), None)


def _object(entry: LogEntry, *, is_told: bool) -> Traceback | None:
    found = logged.error_object(entry.json)
    if found and found.error_type and (is_told or entry.severity == "DEFAULT"):
        return _framed(found) or _plain(found.error_type, found.message)
    reprs = (_REPR.fullmatch(words[:MESSAGE_LIMIT].strip()) for words in logged.texts(entry.json))
    named = next((one for one in reprs if one), None)
    return _plain(named["type"], named["message"]) if named and is_told else None


def _framed(found: logged.ErrorObject) -> Traceback | None:
    """Return the error of an object whose stack is but the frames of a traceback, as ecs-logging writes it."""
    frames = found.stack.strip("\n")
    if not frames.startswith("  File "):
        return None
    return parse(f"Traceback (most recent call last):\n{frames}\n{found.error_type}: {found.message}")


def _plain(error_type: str, message: str) -> Traceback:
    words = redact_text(message[: 2 * MESSAGE_LIMIT])[:MESSAGE_LIMIT]
    return Traceback(error_type=error_type, error_message=words, stack_trace=f"{error_type}: {words}")


def _place(entry: LogEntry) -> str | None:
    where = logged.place(entry.json, entry.source_location)
    return place_of(*where) if where else None
