"""What programs call their levels, as Cloud Logging's severities."""

from typing import Any

from svcerrors.logs.entry import SEVERITIES

__all__ = ["NAMES", "is_error", "is_quiet", "severity"]

NAMES = {
    "TRACE": "DEBUG",
    "VERBOSE": "DEBUG",
    "DEBUG": "DEBUG",
    "DBG": "DEBUG",
    "DBUG": "DEBUG",
    "SILLY": "DEBUG",
    "FINEST": "DEBUG",
    "FINER": "DEBUG",
    "FINE": "DEBUG",
    "CONFIG": "DEBUG",
    "INFO": "INFO",
    "INFORMATION": "INFO",
    "SUCCESS": "INFO",
    "HTTP": "INFO",
    "NOTICE": "NOTICE",
    "WARN": "WARNING",
    "WRN": "WARNING",
    "WARNING": "WARNING",
    "ERROR": "ERROR",
    "ERR": "ERROR",
    "EROR": "ERROR",
    "FAIL": "ERROR",
    "SEVERE": "ERROR",
    "CRITICAL": "CRITICAL",
    "CRIT": "CRITICAL",
    "FATAL": "CRITICAL",
    "PANIC": "CRITICAL",
    "DPANIC": "CRITICAL",
    "ALERT": "ALERT",
    "EMERGENCY": "EMERGENCY",
    "EMERG": "EMERGENCY",
}
"""Upper case: of logging, structlog, loguru, logrus, zap, slog, log15, winston, java.util.logging, syslog and .NET."""

# A record's number counts as its key's program counts: pino and bunyan by `level`, logging by `levelno`.
_STEPS: dict[str, tuple[tuple[int, str], ...]] = {
    "level": ((60, "CRITICAL"), (50, "ERROR"), (40, "WARNING"), (30, "INFO"), (0, "DEBUG")),
    "levelno": ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"), (0, "DEBUG")),
    "severityNumber": ((21, "CRITICAL"), (17, "ERROR"), (13, "WARNING"), (9, "INFO"), (1, "DEBUG")),
}
_STEPS |= {"lvl": _STEPS["level"], "level_number": _STEPS["levelno"], "SeverityNumber": _STEPS["severityNumber"]}


def severity(level: Any, key: str = "level") -> str | None:
    """Return the severity of a level that a record names under `key`, None when it is none."""
    if isinstance(level, str):
        name = level.strip().upper()
        return name if name in SEVERITIES else NAMES.get(name)
    if isinstance(level, int) and not isinstance(level, bool):
        return next((named for least, named in _STEPS.get(key, ()) if level >= least), None)
    return None


def is_error(name: str) -> bool:
    """Tell whether a severity is ERROR or above."""
    return SEVERITIES.index(name) >= SEVERITIES.index("ERROR")


def is_quiet(name: str) -> bool:
    """Tell whether a severity says that nothing failed: an error in such a text is a quotation."""
    return name in {"DEBUG", "INFO", "NOTICE"}
