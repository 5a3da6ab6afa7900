"""From page to page of Cloud Logging, to the end of a window."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, Protocol

from svcerrors._errors import LogsRefused, LogsUnavailable
from svcerrors.ops.backfill.quota import Clock, patiently
from svcerrors.ops.backfill.window import Window

__all__ = ["Logs", "Page", "pages"]

SEARCHES = 10
"""Begun at one time, at most: whoever comes no further is not asked for ever."""


class Page(NamedTuple):
    """Entries in the order of their time, and the token of the page after; None when there is none."""

    entries: list[dict[str, Any]]
    token: str | None


class Logs(Protocol):
    """What gives pages."""

    def page(self, wanted: str, token: str | None) -> Page:
        """Return a page of what a filter lets through; raise LogsRefused or LogsUnavailable."""


def pages(logs: Logs, window: Window, begin: str, clock: Clock) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """Yield the entries of each page, and the time before which all is read then.

    A page may be empty: Cloud Logging searched for as long as it may, and goes on at the next. When it does not know a
    token any more, or gives one again, the search begins anew at the time that was reached.

    Raises:
        LogsRefused, LogsUnavailable: The search cannot begin, or comes no further.
    """
    token: str | None = None
    seen: set[str] = set()
    reached, searches = begin, Counter({begin: 1})
    while searches[begin] <= SEARCHES:
        try:
            page = patiently(partial(logs.page, window.filter_from(begin), token), LogsUnavailable, clock)
        except LogsRefused:
            if token is None:
                raise
            page = Page([], token)
        reached = _last_time(page) or reached
        yield page.entries, reached
        if page.token is None:
            return
        token = page.token
        if token in seen:
            begin, token = reached, None
            searches[begin] += 1
        else:
            seen.add(token)
    raise LogsUnavailable(f"Cloud Logging gives the same page again and again: it came to {reached}")


def _last_time(page: Page) -> str | None:
    return page.entries[-1].get("timestamp") if page.entries else None
