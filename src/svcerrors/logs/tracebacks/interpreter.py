"""What the interpreter says when it ends without a Python traceback."""

import re

from svcerrors._frames import Frame, bounded, culprit
from svcerrors._redact import redact_text
from svcerrors.logs.rules import Rule, first_match
from svcerrors.logs.tracebacks.traceback import Traceback, ends

__all__ = ["RULES", "parse"]

_PYTHON = r"[^\n:]{0,200}python[\d.]{0,8}: "

RULES = (
    Rule(r"Fatal Python error: (?P<message>[^\n]+)", "FatalPythonError"),
    Rule(
        _PYTHON + r"Error while finding module specification for [^\n(]{1,500}"
        r"\((?P<type>\w{1,100}): (?P<message>[^\n]{1,1000})\)"
    ),
    Rule(_PYTHON + r"(?P<message>No module named [^\n]+)", "ModuleNotFoundError"),
    Rule(_PYTHON + r"(?P<message>can't open file [^\n]+)", "FileNotFoundError"),
)

# https://docs.python.org/3/library/faulthandler.html: innermost first, and no comma after the line number.
_CURRENT = re.compile(r"^Current thread [^\n]{1,100}:\n((?:  File [^\n]{0,2000}\n?)*)", re.MULTILINE)
_FRAME = re.compile(r'^  File "([^"\n]{1,1000})", line (\d{1,9}) in ([^\n]{1,300})$', re.MULTILINE)


def parse(text: str) -> Traceback | None:
    """Return the fatal error or the refusal to start that a text begins with."""
    said = first_match(RULES, text)
    if said is None:
        return None
    frames = _frames(text)
    return Traceback(
        error_type=said.error_type,
        error_message=said.message,
        stack_trace=redact_text(ends(text)),
        frames=frames,
        culprit=culprit(frames),
    )


def _frames(text: str) -> tuple[Frame, ...]:
    current = _CURRENT.search(text)
    found = _FRAME.findall(current[1]) if current else []
    return tuple(bounded(Frame(file, int(line), function) for file, line, function in reversed(found)))
