"""Is every link of the chain alive, and where one is not, what is to be done?"""

from collections.abc import Iterator

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.doctor import deployed, stored
from svcerrors.ops.doctor.link import BROKEN, OK, UNCHECKED, Chain, Finding, Link, Unchecked

__all__ = ["BROKEN", "LINKS", "OK", "UNCHECKED", "Chain", "Finding", "examine"]

LINKS = (
    Link("credentials", stored.credentials),
    Link("dataset", stored.dataset, needs="credentials"),
    Link("tables", stored.schema_of_tables, needs="dataset"),
    Link("views", stored.schema_of_views, needs="tables"),
    Link("filter", deployed.log_filter),
    Link("subscription", deployed.subscription),
    Link("sink", deployed.answer),
    Link("lag", stored.lag, needs="views"),
    Link("heartbeat", stored.heartbeat, needs="views"),
    Link("routes", deployed.routes, needs="views"),
    Link("expected runs", stored.expected_runs, needs="views"),
)
"""In the order in which an error goes, after what everything stands on."""


def examine(chain: Chain) -> Iterator[Finding]:
    """Look at each link; yield what was found of it.

    A link whose ground is broken is not looked at: its own complaint would lead astray.
    """
    sound: set[str | None] = {None}
    for link in LINKS:
        found = _look(link, chain) if link.needs in sound else Finding(link.name, UNCHECKED, f"{link.needs} first")
        if found.status == OK:
            sound.add(link.name)
        yield found


def _look(link: Link, chain: Chain) -> Finding:
    try:
        return Finding(link.name, OK, link.check(chain))
    except Unchecked as exc:
        return Finding(link.name, UNCHECKED, str(exc))
    except SvcErrorsError as exc:
        return Finding(link.name, BROKEN, str(exc))
