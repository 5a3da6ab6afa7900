"""The alert policy: what a team changes of the rules, read from the section `alerts` of the manifest."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from svcerrors.ops.alerts.routes import NAME
from svcerrors.ops.expect.document import Item
from svcerrors.ops.expect.loads import Change, Ledger, changes, newest, write
from svcerrors.ops.read import SEVERITIES
from svcerrors.warehouse import Warehouse

__all__ = ["ALERT_POLICY", "OF_ALL", "load_policy", "read_policy", "rules"]

Row = dict[str, Any]

ALERT_POLICY = Ledger("alert_policy", "loaded_at", None, ("rule", "service_name"))

ALL = "*"

OF_ALL = frozenset({"widespread", "sink_silent", "rejects", "route_failing"})
"""Rules about no single service: what is said of one for a service would never count."""

MOST_ENTRIES = 500
"""As many rows as BigQuery takes in one request: so that a policy is there whole, or not at all."""

MOST_WINDOW = 7 * 1440
"""Minutes. The view of alerts reads eight days of errors."""

MOST_PATIENCE = 28 * 1440
"""Minutes after which a problem that lasts is told again at the latest."""

_YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def rules(warehouse: Warehouse) -> list[str]:
    """Return the names of the rules that there are.

    Raises:
        WarehouseError: The store does not answer, or was never applied.
    """
    return [name for (name,) in warehouse.query("SELECT rule FROM alert_rules ORDER BY rule").rows]


def read_policy(section: Item, known: Iterable[str]) -> list[Row]:
    """Return the rows of alert_policy that a section says; one that says nothing is the rules as they are.

    Args:
        section: The list of entries.
        known: The names of the rules.

    Raises:
        UsageError: It cannot be meant; file and line are named.
    """
    entries = section.items()
    if len(entries) > MOST_ENTRIES:
        raise section.refuse(f"{len(entries)} entries: a policy has {MOST_ENTRIES} at most; say more with *")
    found: dict[tuple[str, str], str] = {}
    rows = []
    for entry in entries:
        row = _row(entry, list(known))
        subject = (row["rule"], row["service_name"])
        if subject in found:
            twice = f"a second entry for rule {subject[0]}, service {subject[1]}"
            raise entry.refuse(f"{twice}: the first stands at {found[subject]}")
        found[subject] = entry.where
        rows.append(row)
    return rows or [{"rule": ALL, "service_name": ALL}]


def load_policy(warehouse: Warehouse, rows: Sequence[Row], *, is_trial: bool = False) -> list[Change]:
    """Store a policy, unless the newest load is the same; return what differs.

    Args:
        warehouse: Where to.
        rows: As `read_policy` gives them.
        is_trial: Store nothing.

    Raises:
        WarehouseError: The store did not take it; the policy before goes on to count.
    """
    found = changes(ALERT_POLICY, newest(warehouse, ALERT_POLICY), rows)
    if found and not is_trial:
        write(warehouse, ALERT_POLICY, rows)
    return found


def _row(entry: Item, known: Sequence[str]) -> Row:
    given = entry.mapping(_KEYS)
    row: Row = {"rule": ALL, "service_name": ALL}
    for key, item in given.items():
        row[key] = _KEYS[key](item)
    if row["rule"] not in (ALL, *known):
        near = get_close_matches(row["rule"], known, 1)
        hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise given["rule"].refuse(f"there is no rule {row['rule']!r}: {hint}")
    if row["rule"] in OF_ALL and row["service_name"] != ALL:
        raise given["service_name"].refuse(f"{row['rule']} is about no single service: leave out service_name")
    if row.keys() == {"rule", "service_name"}:
        raise entry.refuse("an entry that changes nothing: give threshold, window_minutes, severity, route, …")
    return row


def _threshold(item: Item) -> float:
    try:
        value = float(item.text())
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise item.refuse(f"{item.text()!r} is no threshold: give a number, 0 or more")
    return value


def _minutes(most: int) -> Callable[[Item], int]:
    def read(item: Item) -> int:
        text = item.text()
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= most:
            raise item.refuse(f"{text!r} is no number of minutes, 1 to {most}")
        return int(text)

    return read


def _severity(item: Item) -> str:
    if item.text().upper() not in SEVERITIES:
        raise item.refuse(f"there is no severity {item.text()!r}: there are {', '.join(SEVERITIES)}")
    return item.text().upper()


def _route(item: Item) -> str:
    if not NAME.fullmatch(item.text()):
        raise item.refuse(
            f"{item.text()!r} is no name of a route: a small letter, then small letters, digits, - or _; its address "
            "goes into the environment, as SVCERRORS_ROUTE_<NAME>"
        )
    return item.text()


def _renotify(item: Item) -> list[Row]:
    steps = [_step(each) for each in item.items()]
    minutes = [step["after_minutes"] for step in steps]
    if minutes != sorted(set(minutes)):
        raise item.refuse("each time has to be later than the one before")
    return steps


def _step(item: Item) -> Row:
    if not isinstance(item.value, Mapping):
        return {"after_minutes": _patience(item), "route": None}
    given = item.mapping(_STEP_KEYS)
    if "after_minutes" not in given:
        raise item.refuse("a time is missing: after_minutes")
    return {"route": None, **{key: _STEP_KEYS[key](value) for key, value in given.items()}}


def _flag(item: Item) -> bool:
    if item.text().lower() not in _YES_NO:
        raise item.refuse(f"{item.text()!r} is neither yes nor no")
    return _YES_NO[item.text().lower()]


_patience = _minutes(MOST_PATIENCE)
_STEP_KEYS: Mapping[str, Callable[[Item], Any]] = {"after_minutes": _patience, "route": _route}

_KEYS: Mapping[str, Callable[[Item], Any]] = {
    "rule": Item.text,
    "service_name": Item.text,
    "threshold": _threshold,
    "window_minutes": _minutes(MOST_WINDOW),
    "severity": _severity,
    "route": _route,
    "renotify": _renotify,
    "enabled": _flag,
    "owner": Item.text,
}
"""How each key of an entry is read."""
