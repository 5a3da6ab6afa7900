"""When a cron expression says that something runs, as lists that SQL can look into."""

from collections.abc import Collection
from datetime import datetime

from cronsim import CronSim, CronSimError

__all__ = ["expand"]

FIELDS = 5

_ANY_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  # only asked to parse
_MONTH_DAYS = range(1, 32)
_WEEK = 7


def expand(expression: str) -> dict[str, list[int]]:
    """Return the columns of expected_runs that say when an expression runs.

    Days are matched as cron does: when both days of the month and days of the week are named, either is enough.

    Args:
        expression: Five fields, as Cloud Scheduler takes them: minute, hour, day of month, month, day of week.
            https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules

    Raises:
        ValueError: It is none.
    """
    fields = expression.split()
    if len(fields) != FIELDS:
        raise ValueError(f"five fields are expected, minute hour day month weekday, not {len(fields)}")
    try:
        parsed = CronSim(expression, _ANY_DAY)
    except (CronSimError, ValueError) as exc:
        raise ValueError(f"{str(exc)[:1].lower()}{str(exc)[1:]}") from exc
    days, weekdays = _days(parsed)
    return {
        "minutes": sorted(parsed.minutes),
        "hours": sorted(parsed.hours),
        "days_of_month": days,
        "months": sorted(parsed.months),
        "days_of_week": weekdays,
    }


def _days(parsed: CronSim) -> tuple[list[int], list[int]]:
    if not all(isinstance(day, int) and day >= 0 for day in (*parsed.days, *parsed.weekdays)):
        raise ValueError("L and # are no part of the cron that Cloud Scheduler takes")
    days = _restricted(parsed.days, _MONTH_DAYS)
    # Sunday is 0 and 7 in cron, and 1 in GoogleSQL's DAYOFWEEK.
    weekdays = _restricted({int(day) % _WEEK + 1 for day in parsed.weekdays if isinstance(day, int)}, range(1, 8))
    if parsed.day_and and days and weekdays:
        raise ValueError("name days of the month or days of the week, not both with a `*/`")
    if not parsed.day_and and not (days and weekdays):
        return [], []
    return days, weekdays


def _restricted(given: Collection[int], every: range) -> list[int]:
    return [] if set(given) == set(every) else sorted(given)
