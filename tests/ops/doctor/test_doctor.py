"""doctor finds the link that is broken, and says what to do."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from support.google_sdk import api, environment, find, refuse
from support.processes import running_sink, svcerrors
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.doctor import BROKEN, LINKS, OK, UNCHECKED, Chain, examine
from svcerrors.warehouse import open_warehouse

DEPLOYED = "bigquery:team.obs"
"""An address of which Google's side is looked at; the store behind it is a local one here."""

SINK = "https://svcerrors-sink-1.europe-west1.run.app/"
SUBSCRIPTION = {
    "name": "projects/team/subscriptions/svcerrors-push",
    "topic": "projects/team/topics/svcerrors",
    "state": "ACTIVE",
    "ackDeadlineSeconds": 30,
    "deadLetterPolicy": {"deadLetterTopic": "projects/team/topics/svcerrors-dead", "maxDeliveryAttempts": 100},
    "pushConfig": {"pushEndpoint": SINK},
}
LOG_SINK = {
    "name": "svcerrors",
    "destination": "pubsub.googleapis.com/projects/team/topics/svcerrors",
    "filter": inclusion_filter(sample_rate=0.05),
}


@pytest.fixture
def where(tmp_path):
    """The address of an applied local store."""
    address = f"duckdb:{tmp_path / 'store'}"
    open_warehouse(address).apply()
    return address


def look(address, link, *, store=None, **more):
    """Return what doctor finds of one link."""
    chain = Chain(address, open_warehouse(store or address), **more)
    return {found.link: found for found in examine(chain)}[link]


def ago(**time):
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def error(happened, written):
    return {
        "error_id": uuid.uuid4().hex,
        "error_timestamp": happened,
        "inserted_at": written,
        "service_name": "phase3",
        "error_type": "KeyError",
        "error_message": "",
        "error_category": "processing_error",
        "severity": "ERROR",
        "fingerprint": "v1:0123456789abcdef",
        "occurrences": 1,
        "source": "live",
    }


def run(name, at):
    return {
        "row_id": uuid.uuid4().hex,
        "run_id": uuid.uuid4().hex,
        "run_name": name,
        "service_name": "phase3",
        "status": "succeeded",
        "evidence": "reported",
        "run_timestamp": at,
        "inserted_at": at,
    }


def test_every_link_is_told_once():
    """The chain's links, in the order of the contract."""
    names = "credentials dataset tables views filter subscription sink lag heartbeat routes"
    assert [link.name for link in LINKS] == [*names.split(), "expected runs"]


def test_a_store_that_was_never_applied(tmp_path):
    """The first link that is broken says what to do; what stands on it is not judged."""
    address = f"duckdb:{tmp_path}/never"

    assert look(address, "dataset").message == f"nothing of ours is at {address}: svcerrors apply --warehouse {address}"
    assert look(address, "tables") == ("tables", UNCHECKED, "dataset first")
    assert look(address, "heartbeat").status == UNCHECKED


def test_a_view_of_another_version(where, tmp_path):
    """A view that says something else than this version's is due."""
    mark = tmp_path / "store" / "applied.json"
    said = json.loads(mark.read_text())
    said["relations"]["alerts"] = "CREATE VIEW alerts AS SELECT 1"
    mark.write_text(json.dumps(said))

    assert look(where, "tables").status == OK
    assert look(where, "views").message == f"replace alerts is due: svcerrors apply --warehouse {where}"


def test_a_table_of_another_shape(where, tmp_path):
    """It is named with the column that differs, and its views are not judged."""
    mark = tmp_path / "store" / "applied.json"
    said = json.loads(mark.read_text())
    said["tables"]["service_runs"][0]["type"] = "INT64"
    mark.write_text(json.dumps(said))

    found = look(where, "tables")
    assert found.status == BROKEN
    assert "service_runs is not ours" in found.message
    assert look(where, "views") == ("views", UNCHECKED, "tables first")


@pytest.mark.parametrize(
    ("took", "status", "words"),
    [(2, OK, "95 were rows within 2.0 s"), (900, BROKEN, "900 s"), (None, UNCHECKED, "no live error became a row")],
)
def test_lag(where, took, status, words):
    """It is the time from an error to its row, over what was written in the last day."""
    if took:
        open_warehouse(where).insert("service_errors", [error(ago(minutes=1, seconds=took), ago(minutes=1))])

    found = look(where, "lag")
    assert (found.status, words in found.message) == (status, True), found


def test_heartbeat(where):
    """None is a fault where one is scheduled; an old one is a fault everywhere."""
    assert look(where, "heartbeat").status == UNCHECKED
    assert "none ever came" in look(DEPLOYED, "heartbeat", store=where).message

    open_warehouse(where).insert("service_runs", [run("heartbeat:svcerrors-sink", ago(hours=1))])
    assert look(where, "heartbeat").status == BROKEN

    open_warehouse(where).insert("service_runs", [run("heartbeat:svcerrors-sink", ago(minutes=1))])
    assert look(where, "heartbeat").status == OK


def expect(where, tmp_path, manifest):
    (tmp_path / "runs.yaml").write_text(manifest)
    done = svcerrors("expect", str(tmp_path / "runs.yaml"), "--warehouse", where)
    assert done.returncode == 0, done.stderr.decode()


def test_expected_runs(where, tmp_path):
    """A list that is empty shows nothing that is missing; a name that nobody has may be wrong."""
    assert "nothing is expected" in look(where, "expected runs").message

    expect(where, tmp_path, "runs:\n  - {run_name: phase3_to_phase4, service_name: phase3, cron: '0 6 * * *'}\n")
    assert "1 of 1 never ran: phase3_to_phase4" in look(where, "expected runs").message

    open_warehouse(where).insert("service_runs", [run("phase3_to_phase4", ago(hours=1))])
    assert look(where, "expected runs").status == OK


def test_a_trigger_that_nobody_lists_any_more(where, tmp_path):
    """Where all was deployed, the alert job lists them each day; a list that is old misses nothing that is deleted."""
    name = "projects/team/subscriptions/phase3"
    expect(where, tmp_path, f"runs:\n  - {{run_name: phase3, trigger_name: {name}}}\n")
    store = open_warehouse(where)
    store.insert("service_runs", [run("phase3", ago(hours=1))])
    assert look(where, "expected runs").status == OK
    assert "runs wait for a subscription, and none was listed for 2 days" in (
        look(DEPLOYED, "expected runs", store=where).message
    )

    seen = {"load_id": "1", "load_rows": 1, "load_row": 1, "kind": "subscription", "trigger_name": name}
    store.insert("triggers_seen", [{**seen, "seen_at": ago(hours=30)}])
    assert look(DEPLOYED, "expected runs", store=where).status == OK


def send_bursts_to_ops(where):
    load = {"load_id": "1", "load_rows": 1, "load_row": 1, "loaded_at": ago(minutes=1)}
    bursts = {**load, "rule": "burst", "service_name": "*", "route": "ops"}
    open_warehouse(where).insert("alert_policy", [bursts])


def test_routes_of_this_machine(where):
    """A route that the policy names has an address in the environment, or is broken."""
    assert look(where, "routes").message.startswith("the policy sends to the log alone: only a monitoring policy")

    send_bursts_to_ops(where)
    assert "SVCERRORS_ROUTE_OPS" in look(where, "routes").message
    assert (
        look(where, "routes", environ={"SVCERRORS_ROUTE_OPS": "https://example.com/"}).message == "ops have addresses"
    )


def test_a_whole_local_chain_is_well(where, tmp_path):
    """Exit 0, one JSON line a link, none of them broken."""
    expect(where, tmp_path, "runs:\n  - {run_name: phase3_to_phase4, service_name: phase3, cron: '0 6 * * *'}\n")
    open_warehouse(where).insert("service_runs", [run("phase3_to_phase4", ago(hours=1))])
    with running_sink(where) as url:
        done = svcerrors("doctor", "--warehouse", where, "--sink", url)

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, found
    assert [one["link"] for one in found] == [link.name for link in LINKS]
    assert {one["link"]: one["status"] for one in found}["sink"] == OK


def test_a_broken_link_is_exit_1(tmp_path):
    """A script may lean on it."""
    done = svcerrors("doctor", "--warehouse", f"duckdb:{tmp_path}/never", "--csv")

    assert done.returncode == 1
    assert b"svcerrors apply" in done.stdout


@pytest.fixture
def google(monkeypatch, tmp_path):
    """Give gcloud itself a Google of ours; what it answers, by the end of the path, may be changed."""
    find("gcloud")
    (tmp_path / "sdk").mkdir()
    answers = {
        "/sinks/svcerrors": (200, LOG_SINK),
        "/subscriptions/svcerrors-push": (200, SUBSCRIPTION),
        "/namespaces/team/workerpools": (200, pools()),
    }

    def answer(_method, place, _body):
        path = place.partition("?")[0]
        return next((told for end, told in answers.items() if path.endswith(end)), refuse())

    with api(answer) as (host, asked):
        for name, value in environment(tmp_path / "sdk", host).items():
            monkeypatch.setenv(name, value)
        yield answers, asked


PULLED = {**SUBSCRIPTION, "pushConfig": {}}
READY = {"type": "Ready", "status": "True"}
FAILED = {"type": "Ready", "status": "False", "message": "The container failed to start."}


def pools(*conditions):
    """Return what Cloud Run lists: another pool, and ours where it has a condition."""
    items = [
        {
            "metadata": {"name": name, "namespace": "team", "labels": {"cloud.googleapis.com/location": "us-west1"}},
            "spec": {},
            "status": {"conditions": found},
        }
        for name, found in (("other", [READY]), ("svcerrors-sink", list(conditions)))
        if found
    ]
    kind = {"apiVersion": "run.googleapis.com/v1", "kind": "WorkerPool"}
    return {**kind, "kind": "WorkerPoolList", "items": [{**kind, **one} for one in items]}


ABSENT = 404, {"error": {"code": 404, "message": "Resource not found", "status": "NOT_FOUND"}}

GOOGLE = {
    "the filter of this version, sampled as it likes": ("filter", LOG_SINK, OK, "the Log Router sends"),
    "a filter of another version": ("filter", {**LOG_SINK, "filter": "severity>=ERROR"}, BROKEN, "another filter"),
    "a sink that was disabled": ("filter", {**LOG_SINK, "disabled": True}, BROKEN, "--no-disabled"),
    "no sink": ("filter", ABSENT, BROKEN, "run deploy.sh again"),
    "a sink that one may not see": ("filter", refuse(), UNCHECKED, "you may not see it"),
    "a subscription as it should be": ("subscription", SUBSCRIPTION, OK, f"it pushes to {SINK}"),
    "no subscription": ("subscription", ABSENT, BROKEN, "run deploy.sh again"),
    "a topic that was deleted": ("subscription", {**SUBSCRIPTION, "topic": "_deleted-topic_"}, BROKEN, "was deleted"),
    "no push": ("subscription", PULLED, BROKEN, "pushes to no one, and no worker pool"),
    "a short deadline": ("subscription", {**SUBSCRIPTION, "ackDeadlineSeconds": 10}, BROKEN, "shorter than 30 s"),
    "no dead letters": ("subscription", {**SUBSCRIPTION, "deadLetterPolicy": {}}, BROKEN, "no dead-letter topic"),
}


@pytest.mark.parametrize("case", GOOGLE)
def test_what_google_tells(google, where, case):
    """gcloud itself asks; what it is told is judged."""
    link, told, status, words = GOOGLE[case]
    place = {"filter": "/sinks/svcerrors", "subscription": "/subscriptions/svcerrors-push"}[link]
    google[0][place] = told if isinstance(told, tuple) else (200, told)

    found = look(DEPLOYED, link, store=where)

    assert (found.status, words in found.message) == (status, True), found
    assert "\n" not in found.message


def test_a_folders_log_sink_is_asked_for(google, where):
    """Where logs come from elsewhere, that is where the sink is."""
    look(DEPLOYED, "filter", store=where, logs_from=("folders/42",))

    assert google[1][0][1].startswith("/v2/folders/42/sinks/svcerrors")


def job(container):
    """Return what Cloud Run tells of the alert job."""
    spec = {"template": {"spec": {"template": {"spec": {"containers": [container]}}}}}
    return {"apiVersion": "run.googleapis.com/v1", "kind": "Job", "spec": spec}


def test_routes_of_the_deployed_job(google, where):
    """The addresses are the job's, not this machine's; that one is named is what can be seen of a secret."""
    send_bursts_to_ops(where)
    here = {"SVCERRORS_ROUTE_OPS": "https://example.com/"}
    container = {"env": [{"name": "SVCERRORS_WAREHOUSE", "value": DEPLOYED}]}
    google[0]["/jobs/svcerrors-alerts"] = 200, job(container)

    assert "--route ops=SECRET" in look(DEPLOYED, "routes", store=where, environ=here).message

    secret = {"secretKeyRef": {"name": "ops-hook", "key": "latest"}}
    container["env"].append({"name": "SVCERRORS_ROUTE_OPS", "valueFrom": secret})
    assert look(DEPLOYED, "routes", store=where).message == "ops have addresses"


def test_the_sink_that_the_subscription_pushes_to(google, where):
    """It is asked whether it lives; one that is away, and one that does not let us in, are told apart."""
    with running_sink(where) as url:
        google[0]["/subscriptions/svcerrors-push"] = 200, {**SUBSCRIPTION, "pushConfig": {"pushEndpoint": url}}
        assert look(DEPLOYED, "sink", store=where).status == OK

    assert "does not answer" in look(DEPLOYED, "sink", store=where).message
    with api(lambda *_: refuse()) as (host, _):
        assert look(DEPLOYED, "sink", store=where, sink=host).status == UNCHECKED
    with api(lambda *_: (500, {})) as (host, _):
        assert "answers 500" in look(DEPLOYED, "sink", store=where, sink=host).message


@pytest.mark.parametrize(
    ("condition", "status", "words"),
    [
        (READY, OK, "the worker pool svcerrors-sink is ready"),
        (FAILED, BROKEN, "failed to start.): gcloud alpha run worker-pools logs read svcerrors-sink --region us-west1"),
    ],
    ids=["ready", "failed"],
)
def test_a_subscription_that_a_worker_pulls(google, where, condition, status, words):
    """It is no broken one; the worker stands where the sink would."""
    google[0].update(
        {"/subscriptions/svcerrors-push": (200, PULLED), "/namespaces/team/workerpools": (200, pools(condition))}
    )

    assert look(DEPLOYED, "subscription", store=where).message == "it is for the worker pool svcerrors-sink to pull"
    found = look(DEPLOYED, "sink", store=where)
    assert (found.status, words in found.message) == (status, True), found


def test_the_alert_job_is_looked_for_where_the_worker_is(google, where):
    """Without an address to push to it is the pool that says in which region all of it runs."""
    send_bursts_to_ops(where)
    google[0].update(
        {"/subscriptions/svcerrors-push": (200, PULLED), "/namespaces/team/workerpools": (200, pools(READY))}
    )
    google[0]["/namespaces/team/jobs/svcerrors-alerts"] = 200, job({"env": [{"name": "SVCERRORS_ROUTE_OPS"}]})

    assert look(DEPLOYED, "routes", store=where).message == "ops have addresses"


def test_without_gcloud_googles_side_is_not_checked(where, monkeypatch):
    """It is no fault of the chain."""
    monkeypatch.setenv("PATH", "/nowhere")

    for link in ("filter", "subscription", "sink"):
        found = look(DEPLOYED, link, store=where, sink=SINK)
        assert found == (link, UNCHECKED, "gcloud is not on PATH: install the Google Cloud CLI")


def test_a_project_that_lets_no_one_in(monkeypatch):
    """The account is told which roles it needs."""
    with api() as (host, _):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", host)
        monkeypatch.setenv("PATH", "/nowhere")
        found = look(DEPLOYED, "credentials")

    assert found.status == BROKEN
    assert "roles/bigquery.jobUser" in found.message
