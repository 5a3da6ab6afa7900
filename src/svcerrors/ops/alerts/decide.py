"""What is to be told now: a pure function of what fires, what was told, and the time.

An episode is the span between two all-clears of an alert. It is told when it begins, again when `renotify` says so or
when it is severer than was told, and once when it is over, on every route that heard of it. Of several notices that
are due on one route, because no run came in time or the route was away, only the last is told: it says what the others
would have said.

An alert that became part of another one that fires is not over: its episode ends with the news of what it is part of.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any

from svcerrors.ops.alerts.notices import CLEARED, FIRED, JOINED, RAISED, REMINDED, Alert, Firing, Notice, Step, Told
from svcerrors.ops.read import SEVERITIES

__all__ = ["LEASE", "decide"]

LEASE = timedelta(minutes=5)
"""How long a notice may be under way; after that, who was sending it has died, and it is told again."""

_PATIENCE = timedelta(days=1)
"""How long a route that does not take an all-clear is asked again: a route may be gone for good."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)
"""Between two attempts on a route that does not take a notice: a minute, two, four …"""

_ENDS = (CLEARED, JOINED)


@dataclass(frozen=True, slots=True)
class _Episode:
    number: int
    began: datetime
    told: Sequence[Told]

    @property
    def is_over(self) -> bool:
        return any(one.kind in _ENDS for one in self.told)

    def heard(self, route: str, kinds: Sequence[str] = (FIRED, REMINDED, RAISED)) -> list[Told]:
        return [one for one in self.told if one.route == route and one.kind in kinds]


def decide(firing: Iterable[Firing], log: Iterable[Told], now: datetime) -> list[Notice]:
    """Return what is to be told now.

    Args:
        firing: The alerts that fire.
        log: What was told, or tried, in the newest episode of each alert; in any order.
        now: The time, in UTC.
    """
    alerts = {one.alert.alert_key: one for one in firing}
    episodes = _episodes(log)
    begun = (_of_firing(one, _current(episodes.get(key), now), now) for key, one in alerts.items())
    wholes = {symptom: one.alert for one in alerts.values() for symptom in one.symptoms}
    ended = (_end(episode, wholes.get(key), now) for key, episode in episodes.items() if key not in alerts)
    return [notice for notice, told in chain(*begun, *ended) if _is_due(told, now)]


def _episodes(log: Iterable[Told]) -> Mapping[str, _Episode]:
    by_key: dict[str, list[Told]] = defaultdict(list)
    for one in log:
        by_key[one.alert.alert_key].append(one)
    return {key: _newest(told) for key, told in by_key.items()}


def _newest(told: Sequence[Told]) -> _Episode:
    number = max(one.episode for one in told)
    mine = sorted((one for one in told if one.episode == number), key=lambda one: one.sent_at)
    return _Episode(number, mine[0].sent_at, mine)


def _current(last: _Episode | None, now: datetime) -> _Episode:
    if last is None:
        return _Episode(1, now, ())
    return _Episode(last.number + 1, now, ()) if last.is_over else last


_Candidate = tuple[Notice, Sequence[Told]]


def _of_firing(one: Firing, episode: _Episode, now: datetime) -> Iterator[_Candidate]:
    reminders = [] if one.is_acknowledged else list(_reminders(one, episode, now))
    yield from reminders
    reminded = {notice.route for notice, _ in reminders}
    for route in one.routes():
        if route not in reminded and not any(told.is_sent for told in episode.heard(route)):
            yield _candidate(one.alert, episode, FIRED, route, now, None, one.details)
    for route in sorted({told.route for told in episode.told} - reminded):
        if _is_severer(one.alert, episode.heard(route)):
            yield _candidate(one.alert, episode, RAISED, route, now, None, one.details)


def _is_severer(alert: Alert, heard: Iterable[Told]) -> bool:
    """Tell whether a route that was told of an alert knows it as less severe than it is."""
    known = [SEVERITIES.index(told.alert.severity) for told in heard if told.is_sent]
    return bool(known) and SEVERITIES.index(alert.severity) > max(known)


def _reminders(one: Firing, episode: _Episode, now: datetime) -> Iterator[_Candidate]:
    if step := _due_step(one.renotify, now - episode.began):
        for route in one.routes(step.route):
            if _is_news(step, episode, route):
                yield _candidate(one.alert, episode, REMINDED, route, now, step.after_minutes, one.details)


def _is_news(step: Step, episode: _Episode, route: str) -> bool:
    heard = episode.heard(route, (REMINDED,))
    return not any(told.is_sent and (told.step_minutes or 0) >= step.after_minutes for told in heard)


def _due_step(steps: Sequence[Step], elapsed: timedelta) -> Step | None:
    """Return the latest step that is due, with the minutes at which it was."""
    minutes = elapsed // timedelta(minutes=1)
    ordered = sorted(steps, key=lambda step: step.after_minutes)
    if not ordered:
        return None
    last = ordered[-1]
    if minutes >= last.after_minutes:
        return Step(minutes // last.after_minutes * last.after_minutes, last.route)
    return next((step for step in reversed(ordered) if step.after_minutes <= minutes), None)


def _end(episode: _Episode, whole: Alert | None, now: datetime) -> Iterator[_Candidate]:
    """Yield the end of an episode on every route that heard of it; `whole` is the alert that it is now part of."""
    begun = [one for one in episode.told if one.kind in _ENDS]
    if any(now - one.sent_at > _PATIENCE for one in begun):
        return
    # What was begun as one kind of end is finished as such, also where the other alert has ended meanwhile.
    kind = begun[0].kind if begun else JOINED if whole else CLEARED
    details = {"part_of": whole.alert_key, "reason": whole.title} if whole and kind == JOINED else {}
    newest = [one for one in episode.told if one.kind not in _ENDS][-1]
    for route in sorted({one.route for one in episode.told}):
        yield _candidate(newest.alert, episode, kind, route, now, None, details)


def _candidate(
    alert: Alert,
    episode: _Episode,
    kind: str,
    route: str,
    now: datetime,
    step: int | None,
    details: Mapping[str, Any],
) -> _Candidate:
    words = (alert.alert_key, str(episode.number), kind, alert.severity if kind == RAISED else str(step or ""), route)
    notice_id = sha256("\0".join(words).encode()).hexdigest()[:32]
    before = [one for one in episode.told if one.notice_id == notice_id]
    tried = sum(one.is_sent is None for one in before)
    has_heard = kind not in _ENDS or any(one.is_sent for one in episode.heard(route))
    lasts = max(now - episode.began, timedelta(0))
    return Notice(notice_id, alert, episode.number, kind, route, step, tried, lasts, not has_heard, details), before


def _is_due(before: Sequence[Told], now: datetime) -> bool:
    if any(one.is_sent for one in before):
        return False
    if not before:
        return True
    last, failures = before[-1], sum(one.is_sent is False for one in before)
    if last.is_sent is None:
        return now - last.sent_at > LEASE
    return now - last.sent_at >= min(_FIRST_PAUSE * (1 << min(failures - 1, 10)), _LONGEST_PAUSE)
