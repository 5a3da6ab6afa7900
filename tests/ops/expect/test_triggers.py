"""svcerrors.ops.expect.triggers, targets and seed: gcloud's lists read, and made a manifest that can be loaded."""

import json

import pytest

from svcerrors._errors import UsageError
from svcerrors.ops.expect.manifest import read_manifest
from svcerrors.ops.expect.seed import seed
from svcerrors.ops.expect.targets import service_of
from svcerrors.ops.expect.triggers import Trigger, read_triggers, row

JOBS, SUBSCRIPTIONS = "projects/my-project/locations/us-west2/jobs", "projects/my-project/subscriptions"
TOPICS = "projects/my-project/topics"


def job(name, schedule="0 6 * * *", **more):
    return {"name": f"{JOBS}/{name}", "schedule": schedule, "timeZone": "America/New_York", "state": "ENABLED", **more}


def subscription(name, topic, url=None):
    push = {"pushEndpoint": url} if url else {}
    return {"name": f"{SUBSCRIPTIONS}/{name}", "topic": topic, "pushConfig": push, "state": "ACTIVE"}


def read(kind, *entries):
    return read_triggers(kind, [("list.json", json.dumps(entries).encode())])


CALLED = {
    "https://phase3-to-phase4-abcdefghij-uw.a.run.app/": "phase3-to-phase4",
    "https://scores-123456789012.us-west2.run.app/x/y": "scores",
    "https://us-west2-my-project.cloudfunctions.net/Old_Scores": "old-scores",
    "https://us-west2-run.googleapis.com/apis/run.googleapis.com/v1/namespaces/p/jobs/predict:run": "predict",
    "https://run.googleapis.com/v2/projects/p/locations/l/jobs/predict:run": "predict",
    "https://workflowexecutions.googleapis.com/v1/projects/p/locations/l/workflows/flow/executions": "flow",
    "https://example.com/run": None,
    "": None,
}


@pytest.mark.parametrize(("address", "name"), CALLED.items())
def test_an_address_tells_its_service(address, name):
    """Every form that Cloud Run, functions, jobs and workflows have; any other tells nothing."""
    assert service_of(address) == name


def test_a_scheduler_job_is_read():
    """Its query string, where tokens are, is not kept."""
    (one,) = read(
        "scheduler", job("a", httpTarget={"uri": "https://scores-1234567890.us-west2.run.app/run?key=s3cr3t"})
    )

    assert row(one) == {
        "kind": "scheduler",
        "trigger_name": f"{JOBS}/a",
        "state": "ENABLED",
        "cron": "0 6 * * *",
        "time_zone": "America/New_York",
        "target": "https://scores-1234567890.us-west2.run.app/run",
        "service_name": "scores",
    }


def test_a_subscription_whose_topic_is_gone_says_so():
    """Pub/Sub leaves it ACTIVE, and it never delivers again."""
    assert [one.state for one in read("subscription", subscription("s", "_deleted-topic_"))] == ["TOPIC_DELETED"]


def test_lists_of_several_projects_are_one():
    """In the order of their names, each once."""
    lists = [("1", json.dumps([job("b")]).encode()), ("2", json.dumps([job("a"), job("b")]).encode())]
    assert [one.trigger_name for one in read_triggers("scheduler", lists)] == [f"{JOBS}/a", f"{JOBS}/b"]


WRONG = {
    "empty": (b"[]", "list.json: nothing is listed: is it the right project and location?"),
    "nothing": (b"", "list.json: nothing is listed"),
    "no JSON": (
        b"NAME  SCHEDULE\n",
        "list.json:1: no JSON: give what `gcloud scheduler jobs list --format=json` prints",
    ),
    "another list": (json.dumps([subscription("s", "t")]).encode(), "list.json: entry 1 is no scheduler: give what"),
    "no list": (b"3", "list.json: entry 1 is no scheduler"),
    "nested": (b"[" * 100_000, "list.json:1: no JSON"),
}


@pytest.mark.parametrize(("content", "line"), WRONG.values(), ids=WRONG)
def test_what_is_no_list_is_one_line(content, line):
    """Nothing is taken for an empty list: all triggers would have vanished."""
    with pytest.raises(UsageError) as raised:
        read_triggers("scheduler", [("list.json", content)])

    assert str(raised.value).startswith(line)


def test_odd_values_are_left_out():
    """Types that nobody promised become nothing, and never an error."""
    (one,) = read("scheduler", {"name": f"{JOBS}/a", "schedule": 5, "httpTarget": [], "pubsubTarget": {"topicName": 1}})

    assert one == Trigger("scheduler", f"{JOBS}/a")


def test_the_seed_can_be_loaded_as_it_is():
    """A job for each schedule, the service behind its topic, comments for the others and our own, no name twice."""
    triggers = [
        *read(
            "scheduler",
            job("nightly", pubsubTarget={"topicName": f"{TOPICS}/nightly"}),
            job("old", state="PAUSED"),
            job("svcerrors-heartbeat", "* * * * *"),
            job("on", "every 5 minutes", httpTarget={"uri": "https://scores-1234567890.us-west2.run.app"}),
        ),
        *read(
            "subscription",
            subscription("dead", "_deleted-topic_", "https://a-1234567890.us-west2.run.app"),
            subscription("first", f"{TOPICS}/nightly", "https://night-1234567890.us-west2.run.app"),
            subscription("pulled", f"{TOPICS}/x"),
            subscription("second", f"{TOPICS}/y", "https://night-1234567890.us-west2.run.app"),
        ),
    ]
    text = seed(triggers)

    rows = read_manifest("seed", text.encode()).runs
    assert [(row["run_name"], row["service_name"], row.get("cron")) for row in rows] == [
        ("nightly", "night", "0 6 * * *"),
        ("on", "scores", None),
        ("night", "night", None),
        ("second", "night", None),
    ]
    assert f"# {JOBS}/old is PAUSED" in text
    assert f"# {JOBS}/svcerrors-heartbeat is of svcerrors itself" in text
    assert f"# {SUBSCRIPTIONS}/dead is TOPIC_DELETED" in text
    assert '# cron: "every 5 minutes" is not in five fields: write it so' in text


def test_the_seed_leaves_out_what_the_manifest_has():
    """What is left is what to write; nothing left is nothing to write."""
    triggers = read("scheduler", job("a"), job("b"))

    assert "run_name: b" in seed(triggers, {f"{JOBS}/a"})
    assert "run_name: a" not in seed(triggers, {f"{JOBS}/a"})
    assert seed(triggers, {f"{JOBS}/a", f"{JOBS}/b"}) == ""
