"""A line of a plain log, without a severity but with the level that its program wrote into it.

`ERROR:name:message`, `2026-01-25 09:30:00,123 - name - ERROR - message` and their relatives.
"""

import re
from typing import NamedTuple

from svcerrors.logs.levels import NAMES, severity

__all__ = ["FORMATS", "Line", "is_piece", "read"]


class Line(NamedTuple):
    """What a line says; `culprit` is where it was logged, when the line says so."""

    severity: str
    message: str
    culprit: str | None = None


_LEVEL = rf"(?P<level>{'|'.join(sorted(NAMES, key=len, reverse=True))})"
_ANY_CASE = rf"(?P<level>(?i:{'|'.join(sorted(NAMES, key=len, reverse=True))}))"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_DATE = r"(?:\d{4}[-/]\d\d[-/]\d\d|\d{1,2}[-/](?:\d\d|[A-Z][a-z]{2})[-/]\d{4})"
_TIME = rf"(?:{_DATE}(?:[T ]|, ?){_CLOCK}|{_CLOCK})"
_NAME = r"[^\s:]{1,200}"
_FIELD = r"(?:\[[^\]\n]{1,80}\]|[^\s\[\]|]{1,80})"
_GAP = r"(?:[ \t]{0,20}(?:-|\||::|:|—|--|---)[ \t]{1,20}|[ \t]{1,20})"
_MESSAGE = r"(?P<message>[^\n]*(?:\n.*)?)"

FORMATS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        # Ruby's Logger: E, [2026-01-25T09:30:00.123456 #7] ERROR -- name: message
        rf"[A-Z], \[[^\]\n]{{1,60}}\] {{1,4}}{_LEVEL} -- [^\n:]{{0,80}}: {_MESSAGE}",
        # glog, klog, abseil: E0125 09:30:00.123456    7 store.cc:12] message
        rf"(?P<letter>[IWEF])\d{{4}} {_CLOCK} {{1,12}}\d{{1,12}} (?P<place>[^\s\]]{{1,200}}:\d{{1,9}})\] {_MESSAGE}",
        # loguru: 2026-01-25 09:30:00.123 | ERROR    | module:function:12 - message
        rf"{_TIME} \| {_LEVEL} {{0,8}} \| (?P<module>{_NAME}):(?P<function>{_NAME}):(?P<line>\d{{1,9}}) - {_MESSAGE}",
        # Flask: [2026-01-25 09:30:00,123] ERROR in module: message
        rf"\[{_TIME}\] {_LEVEL} in {_NAME}: {_MESSAGE}",
        # Spring: 2026-01-25T09:30:00.123+01:00 ERROR 1 --- [main] c.acme.Store : message
        rf"{_TIME} {{1,4}}{_LEVEL} \d{{1,9}} ---(?: \[[^\]\n]{{0,100}}\]){{1,3}} {_NAME} {{1,40}}: {_MESSAGE}",
        # Celery: [2026-01-25 09:30:00,123: ERROR/MainProcess] message
        rf"\[{_TIME}: {_LEVEL}/[^\]\n]{{1,80}}\] {_MESSAGE}",
        # env_logger of Rust: [2026-01-25T09:30:00Z ERROR name] message
        rf"\[{_TIME} {_LEVEL} {{1,4}}[^\]\n]{{1,120}}\] {_MESSAGE}",
        # Monolog of PHP: [2026-01-25T09:30:00.123456+00:00] channel.ERROR: message
        rf"\[{_TIME}\] [\w\-]{{1,80}}\.{_LEVEL}: {_MESSAGE}",
        # java.util.logging: Jan 25, 2026 9:30:00 AM com.acme.Main main, and the level on the line below
        rf"[A-Z][a-z]{{2}} \d{{1,2}}, \d{{4}} {_CLOCK} [AP]M [^\n]{{1,300}}\n{_LEVEL}: {_MESSAGE}",
        # .NET: fail: Name[0], and the message on the line below
        rf"(?P<level>trce|dbug|info|warn|fail|crit): [^\s\[]{{1,200}}\[\d{{1,9}}\](?:\n {{4,8}}|$){_MESSAGE}",
        # logging.basicConfig: ERROR:name:message
        rf"{_LEVEL}:[\w.\-/<>$ ]{{1,120}}:{_MESSAGE}",
        # nginx: 2026/01/25 09:30:00 [error] 29#29: *1 message
        rf"(?:{_TIME} |nginx: )\[{_ANY_CASE}\] (?:\d{{1,9}}#\d{{1,9}}: )?(?:\*\d{{1,12}} )?{_MESSAGE}",
        # structlog's console: 2026-01-25T09:30:00Z [error    ] message
        rf"(?:{_TIME} )?\[{_ANY_CASE} {{1,9}}\] {_MESSAGE}",
        # Anything with a time: the first of a few fields after it that is a level decides.
        rf"[\[(]?{_TIME}[\])]?:?(?:{_GAP}{_FIELD}){{0,4}}?{_GAP}[\[(<]?{_LEVEL}[\])>]?(?:{_GAP}|:){_MESSAGE}",
        # A level first: ERROR: message, [ERROR] message, [name] [Fatal] message, error: message
        rf"(?:\[[\w.\-]{{1,80}}\] )?[\[(<]{_ANY_CASE}[\])>]:?(?:{_GAP}|$){_MESSAGE}",
        rf"{_LEVEL}(?:{_GAP}|:[ \t]{{1,20}}){_MESSAGE}",
        rf"(?P<level>error|fatal|critical): {_MESSAGE}",
    )
)

_LETTERS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}

# logfmt, as logrus, slog and go-kit write it: time=… level=error msg="…" err="…"
_PAIR = re.compile(r'(?:^|(?<= ))(\w{1,40})=(?:"((?:[^"\\]|\\.)*)"|(\S*))')
_LOGFMT = re.compile(r"(?:^|[^\n]{0,300} )(?:level|lvl|severity)=\S")
_PAIRS_LIMIT = 40
_SAYING, _NAMING = ("msg", "message", "event"), ("error", "err")

# What stands on lines of its own in the texts of errors, in any language; each is a part, none a failure.
_PIECE = re.compile(
    r"\s*\Z"
    r"|[ \t]+(?:at |File \"|from |\.\.\. \d|\^|~|thrown in |what\(\):|--- End of |Suppressed: |\[Previous |\d{1,4}: )"
    r"|(?:Exception Group )?Traceback \(most recent call last\):"
    r"|[ \t]*[~^|+\-]{1,200}\s*\Z"
    r"|(?:The above exception was the direct|During handling of the above) "
    r"|Caused by: |Stack trace:|stack backtrace:|goroutine \d|created by |exit status \d|#\d{1,4} |Node\.js v\d"
)


def read(text: str) -> Line | None:
    """Return what the first line of a text says of itself, None when it names no level."""
    head = text[:8_192]
    if found := next((one for pattern in FORMATS if (one := pattern.match(head))), None):
        return _line(found)
    return _logfmt(head) if _LOGFMT.match(head) else None


def is_piece(text: str) -> bool:
    """Tell whether a text is a part of an error's text that tells of no error itself."""
    return bool(_PIECE.match(text[:1_000]))


def _line(found: re.Match[str]) -> Line | None:
    groups = found.groupdict()
    level = severity(_LETTERS.get(groups.get("letter") or "") or groups.get("level"))
    place = groups.get("place")
    if groups.get("module"):
        place = f"{groups['module']}:{groups['line']} in {groups['function']}"
    return Line(level, groups["message"].strip(), place) if level else None


def _logfmt(head: str) -> Line | None:
    pairs = {key: quoted or bare for key, quoted, bare in _PAIR.findall(head)[:_PAIRS_LIMIT]}
    level = next((named for key in ("level", "lvl", "severity") if (named := severity(pairs.get(key)))), None)
    said = [next(filter(None, map(pairs.get, keys)), None) for keys in (_SAYING, _NAMING)]
    return Line(level, ": ".join(filter(None, said)).replace('\\"', '"') or head.strip()) if level else None
