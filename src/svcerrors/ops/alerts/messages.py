"""A notice as its receivers want it: a structured log line, a text for Slack, JSON for any other webhook."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors.ops.alerts.notices import CLEARED, JOINED, RAISED, REMINDED, Notice

__all__ = ["body", "line", "slack"]

SCHEMA_VERSION = 1

_TEXT = 3_000
"""Characters of one message to Slack, which cuts what is longer than 4,000."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""https://api.slack.com/reference/surfaces/formatting#escaping."""

_SLACK_WORDS = {CLEARED: "OK", JOINED: "JOINED"}


def line(notice: Notice, now: datetime) -> bytes:
    """Return the line that Cloud Logging makes an entry of, and a log-based alert policy matches.

    `svcerrors.kind` is `alert`: the sink, which reads this very log, makes no row of it. insertId is the notice's, so
    that of two equal lines at one time Cloud Logging keeps one.
    """
    entry = {
        "severity": "NOTICE" if notice.kind in {CLEARED, JOINED} else notice.alert.severity,
        "message": headline(notice),
        "time": _text(now),
        "logging.googleapis.com/insertId": notice.notice_id,
        "svcerrors": {"schema_version": SCHEMA_VERSION, "kind": "alert", **_fields(notice)},
    }
    return json.dumps(entry, default=_text, ensure_ascii=False).encode() + b"\n"


def body(notice: Notice) -> dict[str, Any]:
    """Return the JSON that a webhook is sent."""
    told = {"schema_version": SCHEMA_VERSION, "text": headline(notice), **_fields(notice)}
    decoded: dict[str, Any] = json.loads(json.dumps(told, default=_text))
    return decoded


def slack(notice: Notice) -> dict[str, Any]:
    """Return the JSON that an incoming webhook of Slack is sent."""
    alert, details = notice.alert, notice.details
    known = (f"{name}: {details[name]}" for name in ("owner", "runbook") if details.get(name))
    links = (f"<{_escaped(link['url'])}|{_escaped(link['name'])}>" for link in details.get("links") or ())
    rows = (
        f"*{_SLACK_WORDS.get(notice.kind, alert.severity)}* {_escaped(headline(notice))}",
        _escaped(details.get("reason") or ""),
        " · ".join((alert.rule, *map(_escaped, known), *links)),
    )
    return {"text": "\n".join(row for row in rows if row)[:_TEXT]}


def headline(notice: Notice) -> str:
    """Return what a notice says in one line."""
    title, counted = notice.alert.title, _counted(notice)
    if notice.kind == REMINDED:
        return f"still, after {_span(notice.lasts)}{counted}: {title}"
    if notice.kind == RAISED:
        return f"now {notice.alert.severity}, after {_span(notice.lasts)}{counted}: {title}"
    late = "; it could not be told when it fired" if notice.is_late else ""
    if notice.kind == JOINED:
        whole = notice.details.get("part_of", "another alert")
        return f"now part of {whole}, after {_span(notice.lasts)}{counted}{late}: {title}"
    if notice.kind == CLEARED:
        # What is muted is not in the view of alerts; only a group can be.
        muted = " or is muted" if notice.alert.fingerprint else ""
        return f"no longer fires{muted}, after {_span(notice.lasts)}{counted}{late}: {title}"
    return title


def _fields(notice: Notice) -> dict[str, Any]:
    alert = notice.alert
    known = {
        "notice": notice.kind,
        "notice_id": notice.notice_id,
        "alert_key": alert.alert_key,
        "episode": notice.episode,
        "rule": alert.rule,
        "severity": alert.severity,
        "service_name": alert.service_name,
        "fingerprint": alert.fingerprint,
        "title": alert.title,
        "occurrences": alert.occurrences,
        "first_seen": alert.first_seen,
        "last_seen": alert.last_seen,
        "revision": alert.revision,
        "lasts_seconds": int(notice.lasts.total_seconds()),
        "was_late": notice.is_late or None,
        **notice.details,
    }
    return {name: value for name, value in known.items() if value is not None}


def _counted(notice: Notice) -> str:
    count = notice.alert.occurrences
    return "" if count is None else f", {count} time{'s' * (count != 1)}"


def _span(lasts: timedelta) -> str:
    minutes = int(lasts.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _text(value: Any) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
