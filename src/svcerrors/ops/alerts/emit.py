"""One run of the alert job: tell what is due, and keep what was told.

Each notice is claimed before it is sent, which only one of several runs at once can do, and noted before and after. A
run that dies between sending and noting leaves a notice under way: after LEASE it is sent again. So every route is told
at least once, and twice only after such a death, then under the same notice_id: for what pages people, a second message
is better than none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from svcerrors.ops.alerts import log
from svcerrors.ops.alerts.decide import LEASE, decide
from svcerrors.ops.alerts.notices import CHECKED, LOG, Notice
from svcerrors.ops.alerts.routes import missing
from svcerrors.ops.alerts.sending import Outcome, send
from svcerrors.ops.read import SEVERITIES
from svcerrors.warehouse import Warehouse

__all__ = ["Report", "emit"]

_MOST = 30
_MOST_LINES = 300
"""Notices that one run sends on one route; the others come with the next, a minute later."""

_CLAIMS_AT_ONCE = 8

_CHECK_AGAIN = timedelta(minutes=30)
"""How often it is noted that a route has no address."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did: what became of each notice, and why routes failed that are to be used."""

    outcomes: Sequence[Outcome]
    failures: Mapping[str, str]

    def sent(self) -> Counter[str]:
        """Return how many notices went out, by kind."""
        return Counter(one.notice.kind for one in self.outcomes if one.failure is None)


def emit(warehouse: Warehouse, environ: Mapping[str, str]) -> Report:
    """Tell what is due.

    Args:
        warehouse: Where the view of alerts and the log of notices are.
        environ: Where the addresses of the routes are.

    Raises:
        WarehouseError: What fires cannot be read, or what is sent cannot be kept; then nothing more is sent.
    """
    now = datetime.now(UTC)
    due = _bounded(decide(log.firing(warehouse), log.told(warehouse), now))
    claimed = _claimed(warehouse, due, now)
    _keep(warehouse, [log.row_of(notice, datetime.now(UTC), is_sent=None) for notice in claimed])
    outcomes = list(_sent(warehouse, environ, claimed))
    failures = {one.notice.route: one.failure for one in outcomes if one.failure}
    return Report(outcomes, {**_without_address(warehouse, environ, failures), **failures})


def _bounded(due: Iterable[Notice]) -> list[Notice]:
    taken: list[Notice] = []
    count: Counter[str] = Counter()
    for notice in sorted(due, key=lambda one: -SEVERITIES.index(one.alert.severity)):
        count[notice.route] += 1
        if count[notice.route] <= (_MOST_LINES if notice.route == LOG else _MOST):
            taken.append(notice)
    return taken


def _claimed(warehouse: Warehouse, due: Sequence[Notice], now: datetime) -> list[Notice]:
    # The time is part of the claim, so that one whose owner died before it could note anything is free again.
    slot = int(now.timestamp() // LEASE.total_seconds())
    with ThreadPoolExecutor(_CLAIMS_AT_ONCE) as pool:
        is_ours = pool.map(lambda one: warehouse.claim(f"{one.notice_id}-{one.attempt}-{slot}"), due)
        return [notice for notice, mine in zip(due, is_ours, strict=True) if mine]


def _sent(warehouse: Warehouse, environ: Mapping[str, str], claimed: Sequence[Notice]) -> Iterator[Outcome]:
    for outcomes in send(claimed, environ):
        at = datetime.now(UTC)
        _keep(warehouse, [log.row_of(o.notice, at, is_sent=o.failure is None, failure=o.failure) for o in outcomes])
        yield from outcomes


def _without_address(warehouse: Warehouse, environ: Mapping[str, str], failed: Iterable[str]) -> Mapping[str, str]:
    """Note which routes of the policy cannot be used, before an alert has to go there, and which can again."""
    now, before = datetime.now(UTC), log.checks(warehouse)
    found = {route: missing(route, environ) for route in log.routes(warehouse).difference(failed)}
    news = [route for route, failure in found.items() if _is_news(failure, before.get(route), now)]
    _keep(warehouse, [log.row_of_check(route, now, found[route]) for route in news])
    return {route: failure for route, failure in found.items() if failure}


def _is_news(failure: str | None, before: log.Row | None, now: datetime) -> bool:
    if failure is None:
        return before is not None and before["kind"] == CHECKED and not before["is_sent"]
    return before is None or before["is_sent"] or now - before["sent_at"] >= _CHECK_AGAIN


def _keep(warehouse: Warehouse, rows: Sequence[log.Row]) -> None:
    if rows:
        warehouse.insert("alert_log", rows)
