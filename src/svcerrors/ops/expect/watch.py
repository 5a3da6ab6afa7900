"""The triggers that the manifest waits for, looked after hour by hour: one that is deleted writes no log."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.expect.load import load_triggers
from svcerrors.ops.expect.loads import EXPECTED_RUNS, TRIGGERS_SEEN, newest
from svcerrors.ops.expect.triggers import LISTS, Trigger, kind_of
from svcerrors.warehouse import Warehouse

__all__ = ["ask_google", "look"]

Ask = Callable[[str, Sequence[str]], list[Trigger]]


def ask_google(kind: str, projects: Sequence[str]) -> list[Trigger]:
    """Return the triggers of one kind that projects have.

    Raises:
        UsageError: What asks Google is not installed.
        SvcErrorsError: A list cannot be had.
    """
    try:
        from svcerrors.ops.expect.listing import listed  # noqa: PLC0415  # of an extra
    except ModuleNotFoundError as exc:
        raise UsageError(f"asking for triggers needs {exc.name}: pip install 'svcerrors[bigquery]'") from exc
    return listed(kind, projects)


def look(
    warehouse: Warehouse,
    project: str,
    ask: Ask = ask_google,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """Note which triggers exist, unless that was done in this hour, or no run of the manifest names one.

    Asked are the projects that the manifest or the list before names, so that a part is never taken for the whole. What
    is as before is stored once a day: the lists of every hour would be read with every look at the alerts.

    Args:
        warehouse: Where the manifest and the lists are.
        project: The one that svcerrors itself was deployed into, whose own triggers no list can be without.
        ask: Gives the triggers of a kind that projects have.
        clock: What time it is.

    Returns:
        Whether it asked.

    Raises:
        SvcErrorsError: A list cannot be had, or not be stored; the one before goes on to count.
    """
    now, faults = clock(), []
    if not warehouse.claim(f"triggers-{now:%Y%m%dT%H}"):
        return False
    names = [row["trigger_name"] for row in newest(warehouse, EXPECTED_RUNS) if "trigger_name" in row]
    kinds = [kind for kind in LISTS if kind in map(kind_of, names)]
    for kind in kinds:
        try:
            found = _found(warehouse, kind, [name for name in names if kind_of(name) == kind], project, ask)
            load_triggers(warehouse, found, is_news=warehouse.claim(f"triggers-{kind}-{now:%Y%m%d}"))
        except SvcErrorsError as exc:
            faults.append(str(exc))
    if faults:
        raise SvcErrorsError("; ".join(faults))
    return bool(kinds)


def _found(warehouse: Warehouse, kind: str, wanted: Sequence[str], project: str, ask: Ask) -> list[Trigger]:
    before = [row["trigger_name"] for row in newest(warehouse, TRIGGERS_SEEN, kind)]
    projects = sorted({project, *(name.split("/")[1] for name in (*wanted, *before))})
    if found := ask(kind, projects):
        return found
    raise SvcErrorsError(f"no {kind} is listed in {', '.join(projects)}: is it the right project? Nothing was stored")
