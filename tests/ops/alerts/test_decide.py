"""When is an alert told? Single cases first, then any history: the clock, restarts and failing routes at any moment."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcerrors.ops.alerts.decide import LEASE, decide
from svcerrors.ops.alerts.notices import Alert, Firing, Step, Told

START = datetime(2026, 1, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALERT = Alert("new_error:scores:v1:f", "new_error", "ERROR", "scores: KeyError", "scores", "v1:f", 1, START)
FIRING = Firing(ALERT)


@dataclass
class Job:
    """The alert job: whatever is due is sent on routes that work, and kept."""

    log: list[Told] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def run(self, now, *firing):
        told = []
        for notice in decide(firing, self.log, now):
            is_sent = notice.route not in self.broken
            told += [notice] if is_sent else []
            self.note(notice, now, is_sent=None)
            self.note(notice, now, is_sent=is_sent)
        return [(notice.kind, notice.step_minutes, notice.route) for notice in told]

    def note(self, notice, now, *, is_sent):
        self.log.append(
            Told(
                notice.notice_id,
                now,
                notice.alert,
                notice.episode,
                notice.kind,
                notice.route,
                is_sent,
                notice.step_minutes,
            )
        )


def after(minutes):
    return START + minutes * MINUTE


def test_an_alert_is_told_once_while_it_lasts():
    """A second run, a minute later, has nothing to say."""
    job = Job()
    assert job.run(START, FIRING) == [("fired", None, "log")]
    assert job.run(after(1), FIRING) == []


def test_a_problem_that_lasts_is_told_again_after_1_4_24_hours_and_then_each_24():
    """Not a minute before, at the minute, and once each: sixteen days are neither one message nor a thousand."""
    job = Job()
    told = [(minute, *said) for minute in range(16 * 1440) for said in job.run(after(minute), FIRING)]

    assert [(minute, kind, step) for minute, kind, step, _ in told] == [
        (0, "fired", None),
        (60, "reminded", 60),
        (240, "reminded", 240),
        *((1440 * day, "reminded", 1440 * day) for day in range(1, 16)),
    ]


def test_a_reminder_has_the_new_count_and_the_time_that_it_lasts():
    """What is told is what fires now, not what fired then."""
    job = Job()
    job.run(START, FIRING)
    [notice] = decide([replace(FIRING, alert=replace(ALERT, occurrences=812))], job.log, after(61))

    assert (notice.alert.occurrences, notice.lasts) == (812, timedelta(minutes=61))


def test_renotify_escalates_to_other_routes_and_all_of_them_are_told_the_end():
    """After an hour the pager, after four the boss; the all-clear goes to all three, once."""
    firing = Firing(ALERT, "slack", (Step(60, "pager"), Step(240, "boss")))
    job = Job()
    said = [job.run(after(minute), firing) for minute in (0, 60, 61, 240)]
    end = [job.run(after(minute)) for minute in (250, 251)]

    assert [[one for one in told if one[2] != "log"] for told in said] == [
        [("fired", None, "slack")],
        [("reminded", 60, "pager")],
        [],
        [("reminded", 240, "boss")],
    ]
    assert sorted(route for _, _, route in end[0]) == ["boss", "log", "pager", "slack"]
    assert end[1] == []


def severe(severity, firing=FIRING):
    return replace(firing, alert=replace(ALERT, severity=severity))


def test_a_rise_in_severity_is_told_at_once_on_every_route_that_heard():
    """A WARNING that becomes CRITICAL waits for no reminder; one that falls, or rises to what was told, is no news."""
    firing = Firing(ALERT, "slack", (Step(60, "pager"),))
    history = [(0, "WARNING"), (2, "CRITICAL"), (3, "ERROR"), (4, "CRITICAL"), (60, "CRITICAL"), (61, "ALERT")]
    job = Job()
    said = [job.run(after(minute), severe(severity, firing)) for minute, severity in history]

    assert [{(kind, route) for kind, _, route in told} for told in said] == [
        {("fired", "log"), ("fired", "slack")},
        {("raised", "log"), ("raised", "slack")},
        set(),
        set(),
        {("reminded", "log"), ("reminded", "pager")},
        {("raised", "log"), ("raised", "slack"), ("raised", "pager")},
    ]


def test_what_is_acknowledged_is_not_told_again_but_for_a_rise_and_its_end():
    """Whoever is on it sleeps through reminders and escalations; open again, the latest that is due is told."""
    firing = Firing(ALERT, "log", (Step(60), Step(240, "pager")))
    taken = replace(firing, is_acknowledged=True)
    job = Job()
    job.run(START, firing)

    assert [job.run(after(minute), taken) for minute in (60, 240, 500)] == [[], [], []]
    assert job.run(after(501), severe("CRITICAL", taken)) == [("raised", None, "log")]
    assert sorted(job.run(after(502), severe("CRITICAL", firing))) == [
        ("reminded", 480, "log"),
        ("reminded", 480, "pager"),
    ]
    assert sorted(job.run(after(503))) == [("cleared", None, "log"), ("cleared", None, "pager")]


def test_a_route_that_did_not_hear_of_an_alert_is_told_it_at_its_height():
    """What could not be told as a WARNING is told as CRITICAL, once."""
    job = Job(broken={"log"})
    job.run(START, severe("WARNING"))
    job.broken = set()

    assert job.run(after(5), severe("CRITICAL")) == [("fired", None, "log")]
    assert job.run(after(6), severe("CRITICAL")) == []


def test_whatever_is_told_somewhere_is_a_line_of_the_log_too():
    """What matches the log, as a policy of Cloud Monitoring does, sees all of it."""
    firing = Firing(ALERT, "slack", (Step(60, "pager"),))
    job = Job()
    said = [*job.run(START, firing), *job.run(after(60), firing), *job.run(after(61))]

    assert [(kind, step) for kind, step, route in said if route == "log"] == [
        ("fired", None),
        ("reminded", 60),
        ("cleared", None),
    ]


def test_after_the_all_clear_a_new_episode_begins():
    """The same alert, told anew, with another id."""
    job = Job()
    said = [job.run(START, FIRING), job.run(after(1)), job.run(after(2), FIRING)]

    assert [kind for told in said for kind, _, _ in told] == ["fired", "cleared", "fired"]
    assert [one.episode for one in job.log if one.is_sent] == [1, 1, 2]
    assert len({one.notice_id for one in job.log}) == 3


def test_of_several_that_are_due_only_the_last_is_told():
    """The job was away for five hours: the reminder of the fourth says what that of the first would have said."""
    job = Job()
    job.run(START, FIRING)
    assert job.run(after(300), FIRING) == [("reminded", 240, "log")]
    assert job.run(after(301), FIRING) == []


def test_a_route_that_fails_is_tried_again_less_and_less_often():
    """After 1, 2, 4, 8 and then each 15 minutes, and not with every run."""
    job = Job(broken={"log"})
    for minute in range(60):
        job.run(after(minute), replace(FIRING, renotify=(Step(1440),)))
    tried = sorted({(one.sent_at - START) // MINUTE for one in job.log})
    assert tried == [0, 1, 3, 7, 15, 30, 45]


def test_what_was_never_told_is_told_at_the_end_and_marked_late():
    """An alert that came and went while the route was away is not lost."""
    job = Job(broken={"log"})
    job.run(START, FIRING)
    [notice] = decide([], job.log, after(5))
    assert (notice.kind, notice.is_late) == ("cleared", True)


def test_an_all_clear_is_not_tried_for_ever():
    """A route may be gone for good: after a day nobody waits for its all-clear."""
    job = Job()
    job.run(START, FIRING)
    job.broken.add("log")
    for minute in range(1, 1500):
        job.run(after(minute))

    assert (job.log[-1].kind, job.log[-1].is_sent) == ("cleared", False)
    assert decide([], job.log, after(1500)) == []


@pytest.mark.parametrize(("seconds", "is_due"), [(0, False), (LEASE.seconds, False), (LEASE.seconds + 1, True)])
def test_a_notice_under_way_is_left_alone_until_its_sender_must_be_dead(seconds, is_due):
    """Claimed and never noted: another run waits, then sends it under the same id."""
    job = Job()
    [notice] = decide([FIRING], [], START)
    job.note(notice, START, is_sent=None)

    again = decide([FIRING], job.log, START + timedelta(seconds=seconds))
    assert [(one.notice_id, one.attempt) for one in again] == ([(notice.notice_id, 1)] if is_due else [])


def test_two_runs_at_once_decide_the_same_ids():
    """Whatever the time that each reads: only so can they agree who sends."""
    first, second = decide([FIRING], [], START), decide([FIRING], [], after(1))
    assert [one.notice_id for one in first] == [one.notice_id for one in second]


def part_of(whole="widespread:*:all"):
    """Return an alert of which FIRING is a symptom."""
    alert = Alert(whole, "widespread", "CRITICAL", "6 services fail at once", "*")
    return Firing(alert, symptoms=(ALERT.alert_key,), symptom_routes=("slack",))


def test_an_alert_that_becomes_part_of_another_is_not_over():
    """Whoever heard of it is told the other, and what it is part of; no all-clear, now or when the other is over."""
    job = Job()
    job.run(START, Firing(ALERT, "slack"))
    said = [job.run(after(minute), *firing) for minute, firing in ((1, [part_of()]), (2, [part_of()]), (3, []))]

    assert sorted(said[0]) == [
        ("fired", None, "log"),
        ("fired", None, "slack"),
        ("joined", None, "log"),
        ("joined", None, "slack"),
    ]
    assert said[1] == []
    assert said[2] == [("cleared", None, "log"), ("cleared", None, "slack")]


def test_what_an_alert_became_part_of_is_told():
    """Its key, and its title as the reason."""
    job = Job()
    job.run(START, FIRING)
    joined = next(one for one in decide([part_of()], job.log, after(5)) if one.kind == "joined")
    assert (joined.alert.title, joined.lasts) == (ALERT.title, timedelta(minutes=5))
    assert joined.details == {"part_of": "widespread:*:all", "reason": "6 services fail at once"}


def test_what_goes_on_when_the_other_is_over_begins_a_new_episode():
    """It is told on its own again: nobody watches it any more under another name."""
    job = Job()
    said = [job.run(after(n), *firing) for n, firing in enumerate(([FIRING], [part_of()], [FIRING]))]
    assert [kind for told in said for kind, _, route in told if route == "log"] == [
        "fired",
        "fired",
        "joined",
        "fired",
        "cleared",
    ]
    assert [one.episode for one in job.log if one.is_sent and one.alert == ALERT] == [1, 1, 2]


def test_news_of_a_joining_that_a_route_did_not_take_stay_what_they_were():
    """The other alert ended before the route came back: still no all-clear, under the same id."""
    job = Job(broken={"log"})
    for minute, firing in ((0, FIRING), (1, part_of())):
        job.run(after(minute), firing)
    job.broken = set()
    said = decide([], job.log, after(30))
    assert {(one.kind, one.alert.rule) for one in said} == {("joined", "new_error"), ("cleared", "widespread")}


def test_the_routes_of_its_symptoms_are_told_of_an_alert():
    """When it fires, when it is told again, and when it is over; also of one that becomes a symptom later."""
    job = Job()
    alone = replace(part_of(), symptom_routes=())
    said = [job.run(after(n), *firing) for n, firing in ((0, [alone]), (1, [part_of()]), (60, [part_of()]), (61, []))]
    assert [[(kind, route) for kind, _, route in told if route != "log"] for told in said] == [
        [],
        [("fired", "slack")],
        [("reminded", "slack")],
        [("cleared", "slack")],
    ]


def test_a_new_route_is_told_what_an_old_one_knew():
    """A team that mends its policy hears on the new route at once."""
    job = Job()
    job.run(START, Firing(ALERT, "slack"))
    assert job.run(after(1), Firing(ALERT, "pager")) == [("fired", None, "pager")]


def test_a_clock_that_goes_back_tells_nothing_twice():
    """The run before was on a machine whose clock was an hour ahead."""
    job = Job()
    job.run(after(60), FIRING)
    assert job.run(START, FIRING) == []


STEPS = st.lists(st.integers(1, 600), min_size=1, max_size=4, unique=True)
HEIGHT = {"WARNING": 1, "ERROR": 2, "CRITICAL": 3}
FIRES = st.sampled_from([None, *HEIGHT])
RUNS = st.lists(st.tuples(st.integers(0, 400), FIRES), min_size=1, max_size=40)


def due_steps(steps, elapsed):
    """Return every minute up to `elapsed` at which a reminder was due: said again in other words than the code's."""
    *first, last = sorted(steps)
    return first * (elapsed >= 0) + list(range(last, max(elapsed, 0) + 1, last))


@given(steps=STEPS, runs=RUNS)
def test_each_episode_is_told_once_reminded_when_due_raised_and_cleared_once(steps, runs):
    """Over any history, runs at any moment: each tells what became due since the last one, and nothing else."""
    firing = Firing(ALERT, "log", tuple(map(Step, steps)))
    job, now, began, told_step, height = Job(), START, None, 0, 0
    for pause, severity in runs:
        now += pause * MINUTE
        expected = []
        if severity and began is None:
            began, told_step, height, expected = now, 0, HEIGHT[severity], [("fired", None, "log")]
        elif severity:
            passed = [step for step in due_steps(steps, (now - began) // MINUTE) if step <= (now - began) // MINUTE]
            if max(passed, default=0) > told_step:
                told_step = max(passed)
                expected = [("reminded", told_step, "log")]
            elif HEIGHT[severity] > height:
                expected = [("raised", None, "log")]
            height = max(height, HEIGHT[severity]) if expected else height
        elif began is not None:
            began, expected = None, [("cleared", None, "log")]
        assert job.run(now, *([severe(severity, firing)] if severity else [])) == expected


@given(
    history=st.lists(st.tuples(st.integers(0, 90), FIRES, st.booleans()), max_size=60),
    steps=st.lists(st.integers(1, 300), min_size=1, max_size=3, unique=True),
)
def test_no_notice_is_ever_sent_twice_whatever_fails(history, steps):
    """Routes that fail at any moment: each id goes out once at most, an all-clear only after something was tried."""
    firing = Firing(ALERT, "pager", tuple(map(Step, steps)))
    job, now = Job(), START
    for pause, severity, works in history:
        now += pause * MINUTE
        job.broken = set() if works else {"pager"}
        job.run(now, *([severe(severity, firing)] if severity else []))

    sent = [one.notice_id for one in job.log if one.is_sent]
    assert len(sent) == len(set(sent))
    by_episode = {}
    for one in job.log:
        by_episode.setdefault(one.episode, []).append(one.kind)
    assert all(kinds[0] != "cleared" for kinds in by_episode.values())
    assert all(
        set(kinds[kinds.index("cleared") :]) == {"cleared"} for kinds in by_episode.values() if "cleared" in kinds
    )


@given(deaths=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["lives", "before", "after"])), max_size=30))
def test_a_death_at_any_moment_costs_no_notice(deaths):
    """A run that dies before or after it sent: past the lease all is told, and twice only after a death."""
    job, now, received, died_after_sending = Job(), START, [], 0
    for pause, fate in [*deaths, (10, "lives")]:
        now += pause * MINUTE
        for notice in decide([Firing(ALERT, renotify=(Step(10_000),))], job.log, now):
            job.note(notice, now, is_sent=None)
            if fate != "before":
                received.append(notice.notice_id)
            if fate == "lives":
                job.note(notice, now, is_sent=True)
            died_after_sending += fate == "after"

    assert len(set(received)) == 1
    assert len(received) <= 1 + died_after_sending
