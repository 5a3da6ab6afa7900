"""Entries of the past, page after page, into the sink's own intake."""

import json
from collections.abc import Callable
from functools import partial

from svcerrors._errors import WarehouseUnavailable
from svcerrors.ops.backfill.journal import Journal
from svcerrors.ops.backfill.pages import Logs, pages
from svcerrors.ops.backfill.quota import Clock, patiently
from svcerrors.ops.backfill.window import Window
from svcerrors.ops.ingest import Ingested
from svcerrors.sink import Delivery, Intake

__all__ = ["backfill"]


def backfill(
    logs: Logs,
    intake: Intake,
    window: Window,
    journal: Journal,
    tell: Callable[[float, Ingested], None],
    clock: Clock | None = None,
) -> Ingested:
    """Store what the entries of a window say.

    Broken off at any point, the next one goes on behind the last page that was stored. A page that was stored, and not
    yet noted, is stored again, and counts once for readers of the views.

    Args:
        logs: What gives the pages.
        intake: Where the rows go.
        window: Which entries.
        journal: How far an earlier one came.
        tell: Takes, after each page, which part is done, 0 to 1, and what it gave so far.
        clock: What time is; the machine's own unless given.

    Raises:
        LogsError: Cloud Logging does not give the entries.
        WarehouseError: The store does not take the rows.
    """
    done, clock = Ingested(), clock or Clock()
    for entries, reached in pages(logs, window, journal.begin(), clock):
        batch = [Delivery(json.dumps(entry).encode(), entry) for entry in entries]
        patiently(partial(done.store, intake, batch), WarehouseUnavailable, clock)
        journal.reach(reached)
        tell(window.part_before(reached), done)
    journal.forget()
    return done
