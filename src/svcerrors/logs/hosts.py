"""What web servers say of an application that they cannot run: gunicorn and uvicorn."""

import re

from svcerrors.logs.rules import Rule, Said, first_match
from svcerrors.logs.tracebacks import Traceback

__all__ = ["RULES", "error_type", "is_introduction", "is_warning", "said"]

# gunicorn/arbiter.py (WORKER_BOOT_ERROR is 3, APP_LOAD_ERROR is 4), gunicorn/util.py, uvicorn/config.py.
RULES = (
    Rule(r"Worker \(pid:\d{1,10}\) exited with code [34]\b", "WorkerFailedToBoot"),
    Rule(r"Worker \(pid:\d{1,10}\) exited with code [1-9]", "WorkerExited"),
    Rule(r"Application startup failed\. Exiting\.", "WorkerFailedToBoot"),
    Rule(r"Reason: (?:Worker failed to boot|App failed to load)\.", "WorkerFailedToBoot"),
    Rule(r"Failed to find (?:attribute|application)\b", "AppImportError"),
    Rule(r"Failed to parse [^\n]{1,500} as an attribute name or function call\.", "AppImportError"),
    Rule(r"Error loading ASGI app\b", "AppImportError"),
    Rule(r"WORKER TIMEOUT \(pid:", "WorkerTimeout"),
    Rule(r"Worker \(pid:\d{1,10}\) was sent SIG(?!TERM)", "Signal"),
)

# What announces an error whose text follows, or tells of nothing that failed, though it is logged as an error.
_INTRODUCTIONS = re.compile(
    r"Exception in (?:worker process|ASGI application|callback |thread )"
    r"|Exception on [^\n]{1,2000} \[[A-Z]{1,20}\]$"
    r"|(?:Error handling request|Internal Server Error:|Error while processing WebSocket) "
    r"|Traceback \(most recent call last\):"
    r"|Task \S{1,300} raised unexpected: "
    r"|(?:Task|Future) exception was never retrieved|Unhandled exception in event loop"
    r"|Shutting down: Master|Worker \(pid:\d{1,10}\) was sent SIGTERM!"
)
_WARNINGS = re.compile(r"[^\n:]{1,300}:\d{1,9}: \w{0,60}Warning: |[^\n]{0,40}\bWARN(?:ING)?\b")

_PREFIX = re.compile(r"\[[^\]\n]{1,40}\] \[\d{1,10}\] \[[A-Z]{1,10}\] |[A-Z]{1,10}: {1,8}")


def said(text: str) -> Said | None:
    """Return what a line of a server's log says of a failure."""
    return first_match(RULES, _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text)


def is_introduction(message: str) -> bool:
    """Tell whether the message of a log line only announces the text of an error, which tells more."""
    return bool(_INTRODUCTIONS.match(message[:3_000]))


def is_warning(text: str) -> bool:
    """Tell whether a text calls itself a warning, whatever severity its host gave it."""
    return bool(_WARNINGS.match(text[:1_000]))


def error_type(found: Traceback) -> str:
    """Return the type of an error: gunicorn ends a worker that hangs by a SystemExit in `handle_abort`."""
    hung = found.error_type == "SystemExit" and any(frame.function == "handle_abort" for frame in found.frames)
    return "WorkerTimeout" if hung else found.error_type
