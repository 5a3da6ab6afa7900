"""How far back, and until when: `90m`, `12h`, `30d`, or a time."""

import re
from datetime import UTC, datetime, timedelta

from svcerrors._errors import UsageError

__all__ = ["since", "until"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)


def since(span: str) -> datetime:
    """Return the UTC time that lies a span before now.

    Args:
        span: A number of minutes, hours or days: `90m`, `12h`, `30d`.

    Raises:
        UsageError: It is none.
    """
    found = _span(span)
    if not found:
        raise UsageError(f"{span!r} is no span of time: give 90m, 12h or 30d")
    return datetime.now(UTC) - found


def until(text: str) -> datetime:
    """Return the UTC time that lies a span after now, or that a text in ISO 8601 says; one without a zone is UTC.

    Args:
        text: A number of minutes, hours or days (`90m`, `12h`, `30d`), a day or a time (`2026-02-01T08:00`).

    Raises:
        UsageError: It is neither.
    """
    if found := _span(text):
        return datetime.now(UTC) + found
    try:
        said = datetime.fromisoformat(text)
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:
        raise UsageError(f"{text!r} is no time to come: give 90m, 12h, 30d or 2026-02-01T08:00") from exc


def _span(text: str) -> timedelta | None:
    found = _SPAN.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
