"""How far back: `90m`, `12h`, `30d`."""

import re
from datetime import UTC, datetime, timedelta

from svcerrors._errors import UsageError

__all__ = ["since"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)


def since(span: str) -> datetime:
    """Return the UTC time that lies a span before now.

    Args:
        span: A number of minutes, hours or days: `90m`, `12h`, `30d`.

    Raises:
        UsageError: It is none.
    """
    found = _SPAN.fullmatch(span)
    if not found:
        raise UsageError(f"{span!r} is no span of time: give 90m, 12h or 30d")
    return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
