"""What shows that something ran, with not a line of it changed."""

import pytest

from support.entries import entry
from svcerrors import logs

FINISHED = "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished"


def answered(agent, status=200, **how):
    http = {"status": status, "userAgent": agent, "requestUrl": "https://s.example/run?key=1", "latency": "1.5s"}
    one = entry({}, log="requests", severity="INFO", httpRequest=http)
    del one["jsonPayload"]
    return logs.parse(one, **how)


def attempt(status=None, code=200):
    payload = {"@type": FINISHED, "targetType": "HTTP", "url": "https://s.example/run?key=1"}
    one = entry(payload | ({"status": status} if status else {}), severity="INFO", httpRequest={"status": code})
    return logs.parse(
        one
        | {
            "logName": "projects/p/logs/cloudscheduler.googleapis.com%2Fexecutions",
            "resource": {"type": "cloud_scheduler_job", "labels": {"job_id": "nightly", "project_id": "p"}},
        }
    )


@pytest.mark.parametrize("agent", ["Google-Cloud-Scheduler", "APIs-Google; (+https://…)", "CloudPubSub-Google"])
@pytest.mark.parametrize("rate", [None, 0.01])
def test_a_call_that_is_meant_to_run_is_a_sign_of_life_at_its_full_rate(agent, rate):
    """An answer to Scheduler, Pub/Sub or Eventarc proves life, not success."""
    (run,) = answered(agent, sample_rate=rate)
    assert (run.status, run.evidence, run.sample_rate, run.duration_ms) == ("answered", "observed", 1.0, 1500.0)


def test_an_ordinary_answer_is_one_where_the_filter_samples():
    """The row says the rate, so that a view can count; without a rate there is no row."""
    (run,) = answered("python-requests/2.32", sample_rate=0.01)
    assert (run.status, run.sample_rate) == ("answered", 0.01)
    assert answered("python-requests/2.32") == []


@pytest.mark.parametrize("status", [301, 404, 429])
def test_what_is_no_answer_is_no_sign_of_life(status):
    """Not of an ordinary caller, not of a scheduler."""
    agents = ("curl/8", "Google-Cloud-Scheduler")
    found = [record for agent in agents for record in answered(agent, status, sample_rate=1.0)]
    assert not [record for record in found if isinstance(record, logs.RunRecord)]


@pytest.mark.parametrize("status", [None, "OK"])
def test_an_attempt_of_the_scheduler_that_finished_is_one(status):
    """Named after the scheduler's job, with its target without the query."""
    (run,) = attempt(status)
    assert (run.service_name, run.status, run.reason) == ("nightly", "answered", "https://s.example/run")


def test_an_attempt_that_did_not_finish_well_is_none():
    """Neither by its own status nor by the answer's."""
    for found in (attempt("UNAVAILABLE"), attempt("OK", 500), attempt(None, 403)):
        assert not [record for record in found if isinstance(record, logs.RunRecord)]
