"""A history: rows of tables, each so many minutes ago."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

__all__ = [
    "MOST",
    "SERVICE",
    "Entry",
    "History",
    "Make",
    "Proof",
    "Terms",
    "above",
    "counted",
    "error",
    "errors",
    "expected",
    "reached",
    "rows",
    "run",
    "various",
]

Row = dict[str, Any]

SERVICE = "svcerrors-proof"
"""Whom a history is about where the policy names no service."""

KNOWN = 2 * 1440 + 6 * 60
"""Minutes ago: an error that was seen then is not new, nor usual at this hour of the day."""

MOST = 24
"""Rows that stand for many: more than that are more errors in one row."""

_TIMES = {
    "alert_log": "sent_at",
    "error_states": "at",
    "expected_runs": "loaded_at",
    "service_errors": "error_timestamp",
    "service_errors_rejected": "rejected_at",
    "service_runs": "run_timestamp",
    "triggers_seen": "seen_at",
}
_IDS = {"service_errors": "error_id", "service_runs": "row_id"}


class Terms(NamedTuple):
    """What a rule is set to, for one service or for all.

    Attributes:
        past_hour: Minutes since the clock struck: some rules look at whole hours.
    """

    rule: str
    threshold: float
    window_minutes: int
    service_name: str = SERVICE
    past_hour: float = 0


class Entry(NamedTuple):
    """A row of a table, `ago` minutes before now."""

    table: str
    ago: float
    columns: Mapping[str, Any]


History = Sequence[Entry]
Make = Callable[[Terms], History]


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves a rule.

    Attributes:
        fires: The smallest history that must fire it.
        quiet: Its nearest neighbour that must not.
        measured: Where a rule counts or measures: the history of so much, its newest row so many minutes ago.
    """

    rule: str
    fires: Make
    quiet: Make
    measured: Callable[[Terms, float, float], History] | None = None


def above(terms: Terms) -> float:
    """Return the smallest count that exceeds the threshold."""
    return math.floor(terms.threshold) + 1


def reached(terms: Terms) -> float:
    """Return the smallest count that reaches the threshold, one at least."""
    return max(math.ceil(terms.threshold), 1)


def counted(
    rule: str,
    make: Callable[[Terms, float, float], History],
    least: Callable[[Terms], float] = above,
    ago: float = 0.5,
) -> Proof:
    """Return the proof of a rule that counts: the least count that fires, and one less."""
    return Proof(rule, lambda t: make(t, least(t), ago), lambda t: make(t, least(t) - 1, ago), make)


def error(terms: Terms, ago: float, **columns: Any) -> Entry:
    """Return a row of service_errors."""
    plain = {
        "service_name": terms.service_name,
        "error_type": "KeyError",
        "error_message": "'proof'",
        "error_category": "processing_error",
        "severity": "ERROR",
        "fingerprint": "v1:proof",
        "occurrences": 1,
        "mechanism": "decorator",
    }
    return Entry("service_errors", ago, {**plain, **columns})


def errors(terms: Terms, number: float, ago: float, **columns: Any) -> History:
    """Return rows that stand for so many errors: the last of them for all that are more than a few."""
    some = min(int(number), MOST)
    if some < 1:
        return ()
    singles = [error(terms, ago, **columns) for _ in range(some - 1)]
    return (*singles, error(terms, ago, **{"occurrences": int(number) - some + 1, **columns}))


def various(terms: Terms, number: float, ago: float, apart: float = 0) -> History:
    """Return rows that stand for so many failures of a service, none of them more than half, none of them new.

    Args:
        terms: Whose failures.
        number: How many.
        ago: When the newest was, in minutes.
        apart: Minutes between one row and the next.
    """
    some = min(int(number), MOST)
    shares = [int(number) // some + (n < int(number) % some) for n in range(some)]
    kinds = [{"fingerprint": f"v1:proof-{n}", "error_type": f"proof.Error{n}"} for n in range(some)]
    seen = (error(terms, KNOWN, **kind) for kind in kinds)
    return (*seen, *(error(terms, ago + n * apart, occurrences=shares[n], **kind) for n, kind in enumerate(kinds)))


def run(terms: Terms, ago: float, status: str, **columns: Any) -> Entry:
    """Return a row of service_runs."""
    plain = {"run_name": "proof", "service_name": terms.service_name, "status": status, "evidence": "reported"}
    return Entry("service_runs", ago, {**plain, "run_id": "proof", **columns})


def expected(terms: Terms, *runs: Mapping[str, Any], ago: float = 380 * 1440) -> History:
    """Return the rows of one load of expected_runs."""
    load = {"load_id": "proof", "load_rows": len(runs), "run_name": "proof", "service_name": terms.service_name}
    return [Entry("expected_runs", ago, {**load, "load_row": n, **one}) for n, one in enumerate(runs, 1)]


def rows(history: Iterable[Entry], now: datetime) -> dict[str, list[Row]]:
    """Return the rows of a history by table, ready to be inserted."""
    found: dict[str, list[Row]] = {}
    numbers = count(1)
    for entry in history:
        at = (now - timedelta(minutes=entry.ago)).isoformat()
        row = {_TIMES[entry.table]: at, **{name: _plain(value, now) for name, value in entry.columns.items()}}
        if key := _IDS.get(entry.table):
            row.setdefault(key, f"proof-{next(numbers)}")
        found.setdefault(entry.table, []).append(row)
    return found


def _plain(value: Any, now: datetime) -> Any:
    """Return a value; a span of time is the time that lies so long before now."""
    return (now - value).isoformat() if isinstance(value, timedelta) else value
