"""The rows of what a program told of itself: an error with its text, or a line that names none."""

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors._fingerprint import LOGGED_ERROR
from svcerrors._frames import Frame, bounded, culprit
from svcerrors._redact import redact_text
from svcerrors.logs import hosts
from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.levels import is_error
from svcerrors.logs.records import Record
from svcerrors.logs.tracebacks import Traceback, go
from svcerrors.logs.tracebacks.traceback import ends

__all__ = ["logged", "place_of", "raised"]


def raised(entry: LogEntry, found: Traceback, severity: str) -> Record:
    """Return the row of an error whose text stands in an entry."""
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


def logged(entry: LogEntry, message: str, severity: str, *, place: str | None = None, stack: str = "") -> Record:
    """Return the row of an error that was logged without one.

    A program that logs goes on; of a line that says CRITICAL or more, nobody knows.

    Args:
        entry: Where it stands.
        message: Its words.
        severity: Of the line.
        place: Where it was logged, as a culprit.
        stack: The stack of the call that logged it, where a library of Go wrote one.
    """
    called = list(go.frames(stack))
    below = go.up_to_panic(called)
    frames = tuple(bounded(called if below is None else below))
    words = redact_text(message[: 2 * MESSAGE_LIMIT])[:MESSAGE_LIMIT]
    return failure(
        entry,
        LOGGED_ERROR if below is None else "panic",
        words,
        mechanism="log_entry",
        severity=severity if is_error(severity) else "ERROR",
        culprit=culprit(frames) or place,
        stack_trace=redact_text(ends(stack)) or None,
        frames=frames,
        handled=True if severity == "ERROR" else None,
    )


def place_of(file: str, line: int | None, function: str) -> str | None:
    """Return where a line was logged, as a culprit: None when that is no code of the team's own."""
    return culprit((Frame(file, line, function),))
