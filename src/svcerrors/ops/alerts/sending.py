"""Notices on their way: each route in a thread of its own, so that one that hangs hinders no other."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from svcerrors._emit import emit as write_line
from svcerrors._errors import RouteFailed
from svcerrors.ops.alerts.messages import body, line, slack
from svcerrors.ops.alerts.notices import LOG, Notice
from svcerrors.ops.alerts.post import post
from svcerrors.ops.alerts.routes import address_of, is_slack

__all__ = ["Outcome", "send"]

SECONDS = 25.0
"""For all routes together: less than lies between two runs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a notice; `failure` is None when the route took it."""

    notice: Notice
    failure: str | None


def send(notices: Iterable[Notice], environ: Mapping[str, str], seconds: float = SECONDS) -> Iterator[list[Outcome]]:
    """Send notices, each on its route; yield what became of them as soon as it is known.

    Args:
        notices: What to tell.
        environ: Where the addresses are.
        seconds: After these, what has no answer has failed: the name of a host can take for ever to be looked up, and
            a receiver can send a byte now and then.
    """
    by_route: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_route[notice.route].append(notice)
    yield [_log(notice) for notice in by_route.pop(LOG, ())]
    yield from _all_at_once(by_route, environ, seconds)


def _log(notice: Notice) -> Outcome:
    is_written = write_line(line(notice, datetime.now(UTC)))
    return Outcome(notice, None if is_written else "standard output does not take it")


def _all_at_once(
    by_route: Mapping[str, Sequence[Notice]], environ: Mapping[str, str], seconds: float
) -> Iterator[list[Outcome]]:
    done: SimpleQueue[Outcome] = SimpleQueue()
    deadline = time.monotonic() + seconds
    for route, notices in by_route.items():
        # Daemons: what hangs must not keep this process from ending.
        threading.Thread(target=_send_all, args=(route, notices, environ, deadline, done.put), daemon=True).start()
    waiting = {notice.notice_id: notice for notices in by_route.values() for notice in notices}
    while waiting:
        try:
            outcome = done.get(timeout=max(deadline - time.monotonic(), 0.01))
        except Empty:
            break
        del waiting[outcome.notice.notice_id]
        yield [outcome]
    yield [Outcome(notice, f"no answer within {seconds:g} s") for notice in waiting.values()]


def _send_all(
    route: str,
    notices: Sequence[Notice],
    environ: Mapping[str, str],
    deadline: float,
    done: Callable[[Outcome], None],
) -> None:
    for notice in notices:
        try:
            _send_one(address_of(route, environ), notice, deadline)
        except RouteFailed as exc:
            done(Outcome(notice, str(exc)))
        else:
            done(Outcome(notice, None))


def _send_one(address: str, notice: Notice, deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise RouteFailed("those before it took too long")
    post(address, slack(notice) if is_slack(address) else body(notice), key=notice.notice_id, deadline=deadline)
