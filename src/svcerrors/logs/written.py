"""What a process wrote itself, or its interpreter, or its web server: text on stdout or stderr."""

from svcerrors.logs import hosts, lines
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.levels import is_error, is_quiet
from svcerrors.logs.records import Record
from svcerrors.logs.told import logged, place_of, raised
from svcerrors.logs.tracebacks import Traceback, parse
from svcerrors.logs.values import integer, text

__all__ = ["STDOUT", "written"]

STDOUT = "run.googleapis.com/stdout"

_NO_LINES = frozenset({"", "Traceback ("})
"""How what is no line of a log begins, in most entries."""


def written(entry: LogEntry) -> list[Record]:
    """Return the row of an error that a text tells of; nothing for a text that says it is none."""
    words = entry.text.strip("\r\n")
    if not words or is_quiet(entry.severity):
        return []
    found = parse(words)
    if found and (not found.is_fragment or entry.log_id != STDOUT or is_error(entry.severity)):
        return _raised(entry, found)
    if said := hosts.said(words):
        return [failure(entry, said.error_type, said.message, mechanism="log_entry")]
    return _logged(entry, words)


def _raised(entry: LogEntry, found: Traceback) -> list[Record]:
    level = _level(entry.text, found)
    if is_quiet(level):
        return []
    return [raised(entry, found, level if entry.severity == "DEFAULT" else entry.severity)]


def _level(words: str, found: Traceback) -> str:
    """Return the severity of the log line that an error's text stands in, DEFAULT when it names none."""
    begin = found.stack_trace.partition("\n")[0]
    before, _, _ = words.partition(begin)
    around = [f"{before.rpartition(chr(10))[2]}{begin}", before.rstrip("\n").rpartition("\n")[2]]
    said = (line.severity for one in around if one[:11] not in _NO_LINES and (line := lines.read(one)))
    return next(said, "DEFAULT")


def _logged(entry: LogEntry, words: str) -> list[Record]:
    line = lines.read(words)
    if line:
        if not is_error(line.severity) or hosts.is_introduction(line.message):
            return []
        return [logged(entry, line.message, _severity(entry, line), place=_place(entry) or line.culprit)]
    if not is_error(entry.severity) or lines.is_piece(words) or hosts.is_warning(words):
        return []
    return [logged(entry, words.strip(), entry.severity, place=_place(entry))]


def _severity(entry: LogEntry, line: lines.Line) -> str:
    return entry.severity if is_error(entry.severity) else line.severity


def _place(entry: LogEntry) -> str | None:
    where = entry.source_location
    file = text(where.get("file"))
    return place_of(file, integer(where.get("line")), text(where.get("function")) or "") if file else None
