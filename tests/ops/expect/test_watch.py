"""svcerrors.ops.expect.watch: the triggers that the manifest waits for are looked after, each hour."""

from datetime import UTC, datetime, timedelta

import pytest

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.expect.load import load_runs, load_triggers
from svcerrors.ops.expect.loads import TRIGGERS_SEEN, newest
from svcerrors.ops.expect.triggers import Trigger
from svcerrors.ops.expect.watch import look

JOBS, SUBSCRIPTIONS = "projects/team/locations/us-west2/jobs", "projects/team/subscriptions"
NOON = datetime.now(UTC).replace(hour=12, minute=0)


class Google:
    """What exists of each kind, and which projects were asked for it."""

    def __init__(self, **kinds):
        self.kinds, self.asked = kinds, []

    def ask(self, kind, projects):
        self.asked.append((kind, projects))
        if isinstance(found := self.kinds[kind], Exception):
            raise found
        return [Trigger(kind, name) for name in found]


def expecting(store, *names):
    load_runs(store, [{"run_name": name, "service_name": "x", "trigger_name": name} for name in names])


def seen(store, kind="scheduler"):
    return [row["trigger_name"] for row in newest(store, TRIGGERS_SEEN, kind)]


def stored(store):
    sql = "SELECT COUNT(DISTINCT load_id) FROM triggers_seen WHERE seen_at > TIMESTAMP '2000-01-01 00:00:00+00'"
    return store.query(sql).rows[0][0]


def test_once_in_an_hour(store):
    """Whoever else asks in the same hour has nothing to do."""
    google = Google(scheduler=[f"{JOBS}/a"])
    expecting(store, f"{JOBS}/a")

    done = [look(store, "own", google.ask, lambda after=after: NOON + timedelta(minutes=after)) for after in (0, 2, 60)]

    assert done == [True, False, True]
    assert seen(store) == [f"{JOBS}/a"]


def test_what_vanished_is_stored_at_once_and_what_is_as_before_once_a_day(store):
    """So that the lists of every hour do not pile up in what each look at the alerts reads."""
    google = Google(scheduler=[f"{JOBS}/a", f"{JOBS}/b"])
    expecting(store, f"{JOBS}/a")

    loads = []
    for hour in (0, 1, 2, 3, 24):
        google.kinds["scheduler"] = [f"{JOBS}/b"] if hour >= 2 else google.kinds["scheduler"]
        look(store, "own", google.ask, lambda hour=hour: NOON + timedelta(hours=hour))
        loads.append(stored(store))

    assert loads == [1, 1, 2, 2, 3]
    assert seen(store) == [f"{JOBS}/b"]


def test_asked_are_the_projects_that_the_manifest_and_the_list_before_name(store):
    """And the one that svcerrors itself is in; of a kind that no run waits for, none."""
    google = Google(scheduler=[f"{JOBS}/a"])
    load_triggers(store, [Trigger("scheduler", "projects/before/locations/l/jobs/j")])
    expecting(store, f"{JOBS}/a")

    look(store, "own", google.ask)

    assert google.asked == [("scheduler", ["before", "own", "team"])]


def test_no_run_waits_for_a_trigger(store):
    """Nothing is asked of Google, so that no right is needed."""
    google = Google()
    load_runs(store, [{"run_name": "a", "service_name": "a"}])

    assert look(store, "own", google.ask) is False
    assert google.asked == []


def test_a_list_that_cannot_be_had_hinders_no_other(store):
    """It is told, and the list before goes on to count; an empty one is told, too."""
    load_triggers(store, [Trigger("scheduler", f"{JOBS}/a")])
    expecting(store, f"{JOBS}/a", f"{SUBSCRIPTIONS}/s")

    google = Google(scheduler=SvcErrorsError("you may not"), subscription=[f"{SUBSCRIPTIONS}/s"])
    with pytest.raises(SvcErrorsError, match=r"^you may not$"):
        look(store, "own", google.ask, lambda: NOON)
    assert (seen(store), seen(store, "subscription")) == ([f"{JOBS}/a"], [f"{SUBSCRIPTIONS}/s"])

    google = Google(scheduler=[], subscription=[f"{SUBSCRIPTIONS}/s"])
    with pytest.raises(SvcErrorsError, match=r"^no scheduler is listed in own, team: "):
        look(store, "own", google.ask, lambda: NOON + timedelta(hours=1))
    assert seen(store) == [f"{JOBS}/a"]
