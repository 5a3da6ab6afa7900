"""What fires, and what was told of it: read from the warehouse, and rows to write back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from svcerrors.ops.alerts.notices import CHECKED, LOG, RENOTIFY, Alert, Firing, Notice, Step, Told
from svcerrors.warehouse import Warehouse

__all__ = ["checks", "firing", "routes", "row_of", "row_of_check", "told"]

Row = dict[str, Any]

_ALERT = (
    "alert_key",
    "rule",
    "severity",
    "title",
    "service_name",
    "fingerprint",
    "occurrences",
    "first_seen",
    "last_seen",
    "revision",
)
_OF_FIRING = {*_ALERT, "route", "renotify", "symptoms", "symptom_routes"}

# Of each alert its newest episode; 400 days is all that the table holds.
_TOLD = f"""
SELECT notice_id, sent_at, episode, kind, step_minutes, route, is_sent, failure, {", ".join(_ALERT)}
FROM alert_log
WHERE sent_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY) AND kind != '{CHECKED}'
QUALIFY episode = MAX(episode) OVER (PARTITION BY alert_key)
"""  # noqa: S608  # names of ours

_CHECKS = """
SELECT
  route,
  ANY_VALUE(kind HAVING MAX sent_at) AS kind,
  ANY_VALUE(is_sent HAVING MAX sent_at) AS is_sent,
  MAX(sent_at) AS sent_at
FROM alert_log
WHERE sent_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY) AND is_sent IS NOT NULL
GROUP BY route
"""

_ROUTES = """
SELECT DISTINCT IFNULL(step.route, settings.route) AS route
FROM alert_settings AS settings
CROSS JOIN UNNEST(settings.renotify) AS step
WHERE settings.is_enabled
UNION DISTINCT
SELECT route FROM alert_settings WHERE is_enabled
"""


def firing(warehouse: Warehouse) -> list[Firing]:
    """Return the alerts that fire now."""
    return [_firing(row) for row in _rows(warehouse, "SELECT * FROM alerts")]


def told(warehouse: Warehouse) -> list[Told]:
    """Return what was told, or tried, in the newest episode of each alert."""
    return [
        Told(
            row["notice_id"],
            row["sent_at"],
            Alert(**{name: row[name] for name in _ALERT}),
            row["episode"],
            row["kind"],
            row["route"],
            row["is_sent"],
            row["step_minutes"],
            row["failure"],
        )
        for row in _rows(warehouse, _TOLD)
    ]


def routes(warehouse: Warehouse) -> set[str]:
    """Return every route that the policy names."""
    return {row["route"] for row in _rows(warehouse, _ROUTES)}


def checks(warehouse: Warehouse) -> Mapping[str, Row]:
    """Return by route what was last found out of it, within two days: kind, is_sent and sent_at."""
    return {row["route"]: row for row in _rows(warehouse, _CHECKS)}


def row_of(notice: Notice, at: datetime, *, is_sent: bool | None, failure: str | None = None) -> Row:
    """Return the row of alert_log that says what became of a notice; `is_sent` is None while it is under way."""
    return {
        **{name: _written(getattr(notice.alert, name)) for name in _ALERT},
        "notice_id": notice.notice_id,
        "sent_at": at.isoformat(),
        "episode": notice.episode,
        "kind": notice.kind,
        "step_minutes": notice.step_minutes,
        "route": notice.route,
        "is_sent": is_sent,
        "failure": failure,
    }


def row_of_check(route: str, at: datetime, failure: str | None) -> Row:
    """Return the row of alert_log that says whether a route can be used at all."""
    return {
        "notice_id": uuid4().hex,
        "sent_at": at.isoformat(),
        "alert_key": f"route:{route}",
        "episode": 0,
        "kind": CHECKED,
        "route": route,
        "is_sent": failure is None,
        "failure": failure,
        "rule": "route_failing",
        "severity": "ERROR",
        "title": f"route {route}: {failure or 'it has an address again'}",
    }


def _firing(row: Row) -> Firing:
    steps = tuple(Step(step["after_minutes"], step["route"]) for step in row.get("renotify") or ())
    details = {name: value for name, value in row.items() if name not in _OF_FIRING and value}
    route = _route(row)
    alert = Alert(**{name: row[name] for name in _ALERT})
    return Firing(
        alert,
        route,
        steps or RENOTIFY,
        {"route": route, **details},
        is_acknowledged=row.get("state") == "acknowledged",
        symptoms=row.get("symptoms") or (),
        symptom_routes=row.get("symptom_routes") or (),
    )


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _route(row: Row) -> str:
    """Return where an alert goes; that a route fails must not be told on this very route."""
    route: str = row.get("route") or LOG
    is_about_it = row["rule"] == "route_failing" and row["alert_key"].endswith(f":{route}")
    return LOG if is_about_it else route


def _rows(warehouse: Warehouse, sql: str) -> Iterator[Row]:
    found = warehouse.query(sql)
    return (dict(zip(found.columns, values, strict=True)) for values in found.rows)
