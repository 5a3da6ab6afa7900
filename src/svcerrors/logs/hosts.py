"""What web servers say of an application that they cannot run: gunicorn and uvicorn."""

import re

from svcerrors.logs.rules import Rule, Said, first_match
from svcerrors.logs.tracebacks import Traceback

__all__ = ["RULES", "error_type", "said"]

# gunicorn/arbiter.py (WORKER_BOOT_ERROR is 3, APP_LOAD_ERROR is 4), gunicorn/util.py, uvicorn/config.py.
RULES = (
    Rule(r"Worker \(pid:\d{1,10}\) exited with code [34]\b", "WorkerFailedToBoot"),
    Rule(r"Reason: (?:Worker failed to boot|App failed to load)\.", "WorkerFailedToBoot"),
    Rule(r"Failed to find (?:attribute|application)\b", "AppImportError"),
    Rule(r"Failed to parse [^\n]{1,500} as an attribute name or function call\.", "AppImportError"),
    Rule(r"Error loading ASGI app\b", "AppImportError"),
    Rule(r"WORKER TIMEOUT \(pid:", "WorkerTimeout"),
    Rule(r"Worker \(pid:\d{1,10}\) was sent SIG(?!TERM)", "Signal"),
)

_PREFIX = re.compile(r"\[[^\]\n]{1,40}\] \[\d{1,10}\] \[[A-Z]{1,10}\] |[A-Z]{1,10}: {1,8}")


def said(text: str) -> Said | None:
    """Return what a line of a server's log says of a failure."""
    return first_match(RULES, _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text)


def error_type(found: Traceback) -> str:
    """Return the type of an error: gunicorn ends a worker that hangs by a SystemExit in `handle_abort`."""
    hung = found.error_type == "SystemExit" and any(frame.function == "handle_abort" for frame in found.frames)
    return "WorkerTimeout" if hung else found.error_type
