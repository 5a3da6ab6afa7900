"""Which entries of the past are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from svcerrors._errors import UsageError

__all__ = ["Window", "resource_names"]

FILTER_LIMIT = 20_000
"""Characters (https://cloud.google.com/logging/quotas#log-limits)."""

_PARENTS = ("projects/", "folders/", "organizations/", "billingAccounts/")


@dataclass(frozen=True, slots=True)
class Window:
    """Entries of some resources that a filter lets through, from one time until before another.

    Attributes:
        resources: Names as Cloud Logging has them: `projects/P`, or a view of a log bucket.
        wanted: A filter without times.
    """

    resources: tuple[str, ...]
    wanted: str
    since: datetime
    until: datetime

    def filter_from(self, begin: str) -> str:
        """Return the filter of what is left when all before `begin`, an RFC 3339 time, is done."""
        return f'timestamp>="{begin}" AND timestamp<"{rfc3339(self.until)}" AND (\n{self.wanted}\n)'

    def part_before(self, reached: str) -> float:
        """Return which part of the window lies before a time, 0 to 1."""
        whole = (self.until - self.since).total_seconds()
        done = (datetime.fromisoformat(reached) - self.since).total_seconds()
        return min(1.0, max(0.0, done / whole)) if whole else 1.0


def rfc3339(at: datetime) -> str:
    """Return a UTC time as Cloud Logging writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def resource_names(projects: Sequence[str], resources: Sequence[str]) -> tuple[str, ...]:
    """Return the names of what is read.

    Args:
        projects: Ids of projects.
        resources: Names: `projects/P/locations/L/buckets/B/views/V`, `folders/F`, …

    Raises:
        UsageError: There is none, or one is no name.
    """
    found = (*(f"projects/{project.removeprefix('projects/')}" for project in projects), *resources)
    for name in found:
        if not name.startswith(_PARENTS) or not name.partition("/")[2]:
            raise UsageError(
                f"{name!r} is no resource: give projects/P, folders/F, organizations/O or a view of a bucket"
            )
    if not found:
        raise UsageError("which project? Give --project, or set GOOGLE_CLOUD_PROJECT")
    return found
