"""What may be said of a run in the manifest, and the columns of expected_runs that it becomes."""

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from svcerrors.ops.expect.cron import expand
from svcerrors.ops.expect.document import Item

__all__ = ["KEYS", "TRIGGER"]

TRIGGER = re.compile(r"projects/[^/\s]+/(locations/[^/\s]+/jobs|subscriptions)/[^/\s]+")
"""Full name of a scheduler job or a subscription."""

MOST_MINUTES = 60 * 24 * 31
"""A month: whoever waits longer for a run does not watch it."""

_VIEW = re.compile(r"[\w-]+(\.[\w-]+){0,2}")
_QUERY = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_SEASON = re.compile(r"(\d\d-\d\d) to (\d\d-\d\d)")
_DAY = re.compile(r"(\d{4}-)?\d\d-\d\d", re.ASCII)
_LEAP_YEAR = "2000-"

Columns = dict[str, Any]
Key = Callable[[Item], Columns]


def _text(column: str) -> Key:
    return lambda item: {column: item.text()}


def _minutes(column: str) -> Key:
    def read(item: Item) -> Columns:
        text = item.text()
        if not (text.isascii() and text.isdigit()) or int(text[:9]) > MOST_MINUTES:
            raise item.refuse(f"{text!r} is no number of minutes, 0 to {MOST_MINUTES}")
        return {column: int(text)}

    return read


def _cron(item: Item) -> Columns:
    try:
        return {"cron": " ".join(item.text().split()), **expand(item.text())}
    except ValueError as exc:
        raise item.refuse(f"{item.text()!r} is no cron: {exc}") from exc


def _zone(item: Item) -> Columns:
    zones = available_timezones()
    if item.text() in zones:
        return {"time_zone": item.text()}
    near = difflib.get_close_matches(item.text(), zones, 1)
    hint = f"do you mean {near[0]}?" if near else "give an IANA name such as America/New_York"
    raise item.refuse(f"there is no time zone {item.text()!r}: {hint}")


def _season(item: Item) -> Columns:
    found = _SEASON.fullmatch(item.text())
    if not (found and _is_day(found[1]) and _is_day(found[2])):
        raise item.refuse(
            f"{item.text()!r} is no season: write `10-15 to 06-20`, month and day of its first and last day"
        )
    return {"season_start": found[1], "season_end": found[2]}


def _days_off(item: Item) -> Columns:
    for each in item.items():
        if not _is_day(each.text()):
            raise each.refuse(f"{each.text()!r} is no day: write 2026-12-25, or 12-25 for every year")
    return {"days_off": [each.text() for each in item.items()]}


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text if len(text) > len("MM-DD") else _LEAP_YEAR + text)
    except ValueError:
        return False
    return True


def _dates_from(item: Item) -> Columns:
    if not (_VIEW.fullmatch(item.text()) or _QUERY.match(item.text())):
        raise item.refuse(f"{item.text()!r} is no view: write project.dataset.view, or a SELECT")
    return {"dates_from": item.text()}


def _trigger(item: Item) -> Columns:
    if not TRIGGER.fullmatch(item.text()):
        raise item.refuse(
            f"{item.text()!r} is no trigger: write projects/P/locations/L/jobs/J or projects/P/subscriptions/S"
        )
    return {"trigger_name": item.text()}


KEYS: Mapping[str, Key] = {
    "run_name": _text("run_name"),
    "service_name": _text("service_name"),
    "phase": _text("phase"),
    "processor_name": _text("processor_name"),
    "cron": _cron,
    "time_zone": _zone,
    "dates_from": _dates_from,
    "grace_minutes": _minutes("grace_minutes"),
    "max_minutes": _minutes("max_minutes"),
    "follows": _text("follows"),
    "season": _season,
    "days_off": _days_off,
    "trigger_name": _trigger,
    "owner": _text("owner"),
    "runbook": _text("runbook"),
}
"""How each key of a run is read."""
