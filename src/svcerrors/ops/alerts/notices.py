"""What is known of an alert, what was told of it, and what is to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

__all__ = [
    "CHECKED",
    "CLEARED",
    "FIRED",
    "JOINED",
    "LOG",
    "RAISED",
    "REMINDED",
    "Alert",
    "Firing",
    "Notice",
    "Step",
    "Told",
]

LOG = "log"
"""The route that is always there: one structured line on standard output."""

FIRED, REMINDED, RAISED, CHECKED = "fired", "reminded", "raised", "checked"
CLEARED, JOINED = "cleared", "joined"
"""What ends an episode: it is over, or it became part of another alert, which is told in its place."""


class Step(NamedTuple):
    """When a problem that lasts is told again, in minutes after its episode began, and where; None: where it was."""

    after_minutes: int
    route: str | None = None


RENOTIFY = (Step(60), Step(240), Step(1440))
"""What a team gets that says nothing else; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, as far as the log of notices keeps it."""

    alert_key: str
    rule: str
    severity: str
    title: str
    service_name: str | None = None
    fingerprint: str | None = None
    occurrences: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that fires now.

    Attributes:
        details: What the view says besides: reason, owner, links …
        is_acknowledged: Someone is on it: it is not told again, only that it is over, or severer.
        symptoms: Keys of the alerts that are part of it, and not told while it fires.
        symptom_routes: Where these would be told: who waits for them there is told of it.
    """

    alert: Alert
    route: str = LOG
    renotify: Sequence[Step] = RENOTIFY
    details: Mapping[str, Any] = field(default_factory=dict)
    is_acknowledged: bool = False
    symptoms: Sequence[str] = ()
    symptom_routes: Sequence[str] = ()

    def routes(self, meant: str | None = None) -> Sequence[str]:
        """Return where a notice goes that is meant for a route, its own unless given; each is a line of the log too."""
        return tuple(dict.fromkeys((LOG, meant or self.route, *self.symptom_routes)))


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the log of notices; `is_sent` is None while the notice is under way."""

    notice_id: str
    sent_at: datetime
    alert: Alert
    episode: int
    kind: str
    route: str
    is_sent: bool | None
    step_minutes: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell on one route.

    Attributes:
        notice_id: The same whoever decides it, and whenever: a receiver may drop the second of two.
        attempt: How often it was tried before.
        lasts: How long the episode has lasted.
        is_late: An all-clear of what this route could not be told when it fired.
    """

    notice_id: str
    alert: Alert
    episode: int
    kind: str
    route: str
    step_minutes: int | None
    attempt: int
    lasts: timedelta
    is_late: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
