"""deploy.sh makes everything once, in an order that works, and takes it away again."""

import re
import subprocess
import sys
from pathlib import Path
from signal import SIGTERM

import pytest

from support.deploying import BASE, CHECKOUT, DEPLOY, SCRIPT, Cloud
from svcerrors._schema import tables
from svcerrors.logs.filter import ALERT_JOB, inclusion_filter
from svcerrors.ops.alerts.routes import variable
from svcerrors.sink.settings import Settings

COMMANDS = 48
"""That a first run takes; in what order, deploy.sh says."""

POLICIES = sorted((CHECKOUT / "sink_function" / "policies").glob("*.json"))


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """What is known after a run without a fault."""
    return Cloud(tmp_path_factory.mktemp("deployed")).deploy(*DEPLOY)


@pytest.fixture(scope="module")
def whole(deployed):
    """What a run without a fault makes."""
    return things(deployed)


def things(state):
    return {group: sorted(names) for group, names in state["things"].items() if names}


def test_it_makes_what_the_chain_needs(whole):
    """Every link is there, and nothing else."""
    assert whole == {
        "datasets": ["team:svcerrors"],
        "iam roles": ["svcerrorsWriter"],
        "iam service-accounts": [
            f"svcerrors-{name}@team.iam.gserviceaccount.com" for name in ("alerts", "push", "sink")
        ],
        "logging sinks of team": ["svcerrors"],
        "monitoring channels": ["projects/p/channels/1"],
        "monitoring policies": [f"projects/p/policies/{number + 1}" for number in range(len(POLICIES))],
        "pubsub subscriptions": ["svcerrors-dead", "svcerrors-push"],
        "pubsub topics": ["svcerrors", "svcerrors-dead"],
        "run jobs": ["svcerrors-alerts"],
        "run services": ["svcerrors-sink"],
        "scheduler jobs": ["svcerrors-alerts", "svcerrors-heartbeat"],
    }


def test_doing_it_again_changes_nothing(cloud):
    """A second run finds everything, fails at nothing, and leaves the same behind."""
    first = cloud.deploy(*DEPLOY)
    second = cloud.deploy(*DEPLOY)

    assert things(second) == things(first)
    assert second["bindings"] == first["bindings"]


@pytest.mark.parametrize("number", range(2, COMMANDS, 9))
def test_a_run_of_which_a_command_fails_is_finished_by_the_next(cloud, whole, number):
    """Whichever it is, and for good or for a moment, doing it again ends as one run without a fault does."""
    cloud.change(fail_at=number)
    cut = cloud.run(*DEPLOY)

    assert cut.returncode or "again in 5 s" in cut.stderr
    assert things(cloud.deploy(*DEPLOY)) == whole


@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=[] if number % 9 == 2 else pytest.mark.long) for number in range(1, COMMANDS + 1)],
)
def test_a_run_that_is_stopped_is_finished_by_the_next_or_taken_away(cloud, deployed, whole, number):
    """After whichever command: the next ends as one run does, an undo leaves nothing, and no folder stays behind."""
    cloud.change(stop_after=number)
    stopped = cloud.run(*DEPLOY)
    half = cloud.state()
    undone = cloud.deploy(*BASE, "--undo", "--delete-data")
    cloud.change(**half)
    finished = cloud.deploy(*DEPLOY)

    assert (stopped.returncode, len(half["commands"])) == (-SIGTERM, number)
    assert things(undone).keys() <= {"iam roles"}
    assert things(finished) == whole
    assert sorted(finished["bindings"]) == sorted(deployed["bindings"])
    assert list((cloud.folder / "tmp").iterdir()) == []


def test_it_takes_as_many_commands_as_its_page_says(deployed):
    """Those that look at what is there, those that make something, and those of svcerrors itself."""
    looks = [command for command in deployed["commands"] if {"list", "describe"} & set(command)]
    ours = [command for command in deployed["commands"] if command[0] == "python" or "--help" in command]
    page = (CHECKOUT / "docs" / "deploying.md").read_text("utf-8")

    assert len(deployed["commands"]) == COMMANDS
    assert f"by {COMMANDS - len(looks) - len(ours)} commands of gcloud and bq, after {len(looks)} that look" in page


def test_undo_leaves_rows_and_dead_letters(cloud):
    """What cost nothing to keep and cannot be made again stays, unless that is said in so many words."""
    cloud.deploy(*DEPLOY)

    assert things(cloud.deploy(*BASE, "--undo")) == {
        "datasets": ["team:svcerrors"],
        "iam roles": ["svcerrorsWriter"],  # bound to no one: the name of a deleted role is nobody's for 44 days
        "pubsub subscriptions": ["svcerrors-dead"],
        "pubsub topics": ["svcerrors-dead"],
    }
    assert things(cloud.deploy(*BASE, "--undo", "--delete-data")) == {"iam roles": ["svcerrorsWriter"]}


def test_undo_takes_the_worker_that_took_the_place_of_the_service(cloud):
    """It was deployed by hand, under our name, and would go on to be paid for."""
    state = cloud.deploy(*DEPLOY)
    cloud.change(things=state["things"] | {"run worker-pools": {"svcerrors-sink": {}}})

    assert "run worker-pools" not in things(cloud.deploy(*BASE, "--undo"))


def test_undo_of_nothing_does_nothing(cloud):
    """What is gone already is passed over."""
    assert things(cloud.deploy(*BASE, "--undo")) == {}


def test_it_is_made_again_after_an_undo(cloud, whole):
    """On the same day, and on any later one: nothing that Google keeps stands in its way."""
    cloud.deploy(*DEPLOY)
    cloud.deploy(*BASE, "--undo", "--delete-data")

    assert not any({"roles", "delete"} <= set(command) for command in cloud.state()["commands"])
    assert things(cloud.deploy(*DEPLOY)) == whole


def test_a_role_that_someone_deleted_is_taken_back(cloud):
    """A role that was deleted a moment ago can only be undeleted."""
    role = {"svcerrorsWriter": {"deleted": True}}
    cloud.change(things={"iam roles": role}, bindings=[], commands=[])

    assert "deleted" not in cloud.deploy(*DEPLOY)["things"]["iam roles"]["svcerrorsWriter"]


def test_an_undo_takes_the_source_away_before_what_it_feeds(cloud):
    """Nothing is in flight where its next link is gone."""
    cloud.deploy(*DEPLOY)
    before = len(cloud.state()["commands"])
    commands = cloud.deploy(*BASE, "--undo")["commands"][before:]

    gone = [" ".join(command[1:5]) for command in commands if "delete" in command]
    wanted = ["alpha monitoring policies delete", "logging sinks delete svcerrors"]
    wanted += [
        f"{what} delete svcerrors{of}" for what, of in (("pubsub subscriptions", "-push"), ("pubsub topics", ""))
    ]
    wanted += ["run services delete svcerrors-sink"]
    assert [gone.index(one) for one in wanted] == sorted(gone.index(one) for one in wanted)


def test_an_undo_that_meets_a_half_made_deployment_finishes(cloud):
    """An account that was never given its right has none to lose."""
    cloud.deploy(*DEPLOY)
    cloud.change(bindings=[])

    assert "run services" not in things(cloud.deploy(*BASE, "--undo"))


def test_rights_are_the_least(deployed):
    """One caller calls one service, one writer publishes; project-wide are queries, and lists of what starts runs."""
    bindings = deployed["bindings"]

    assert {(b[2], b[3]) for b in bindings if b[0] == "projects"} == {
        ("serviceAccount:svcerrors-alerts@team.iam.gserviceaccount.com", f"roles/{role}")
        for role in ("bigquery.jobUser", "cloudscheduler.viewer", "pubsub.viewer")
    }
    assert {b[1]: b[2] for b in bindings if b[3] == "roles/run.invoker"} == {
        "svcerrors-sink": "serviceAccount:svcerrors-push@team.iam.gserviceaccount.com",
        "svcerrors-alerts": "serviceAccount:svcerrors-alerts@team.iam.gserviceaccount.com",
    }
    assert {(b[1], b[2].partition(":")[2]) for b in bindings if b[0].startswith("pubsub ")} == {
        ("svcerrors", "writer-team@gcp-sa-logging.iam.gserviceaccount.com"),
        ("svcerrors-dead", "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"),
        ("svcerrors-push", "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"),
    }


def test_each_table_that_is_written_to_exists(deployed):
    """The tables that the script grants are tables of the schema."""
    granted = [b for b in deployed["bindings"] if b[0] == "bigquery TABLE"]

    by_account = {}
    for _, table, member, role in granted:
        account = member.partition("svcerrors-")[2].partition("@")[0]
        by_account.setdefault(account, set()).add(table.removeprefix("team.svcerrors."))
        assert role == "projects/team/roles/svcerrorsWriter"
    assert by_account == {
        "sink": {"service_errors", "service_runs", "service_errors_rejected"},
        "alerts": {"alert_log", "expected_runs", "triggers_seen"},
    }
    assert {name for names in by_account.values() for name in names} <= set(tables())
    assert [b[1:] for b in deployed["bindings"] if b[0] == "bigquery SCHEMA"] == [
        ["team.svcerrors", "serviceAccount:svcerrors-alerts@team.iam.gserviceaccount.com", "roles/bigquery.dataViewer"]
    ]


def test_the_sink_boots_with_the_settings_that_it_is_given(cloud):
    """The environment is read by the sink itself, and says what the subscription and the filter say."""
    state = cloud.deploy(*DEPLOY, "--sample-rate", "0.05")
    service = state["things"]["run services"]["svcerrors-sink"]
    push = state["things"]["pubsub subscriptions"]["svcerrors-push"]
    environ = dict(pair.split("=", 1) for pair in service["set-env-vars"].split(","))

    settings = Settings.read({**environ, "K_SERVICE": "svcerrors-sink"})

    assert settings.warehouse == "bigquery:team.svcerrors"
    assert str(settings.concurrency) == service["concurrency"]
    assert settings.audience == push["push-auth-token-audience"] == service["set-custom-audiences"]
    assert settings.account == push["push-auth-service-account"]
    assert settings.subscription == "projects/team/subscriptions/svcerrors-push"
    assert push["max-delivery-attempts"] == "100"
    assert state["things"]["logging sinks of team"]["svcerrors"]["log-filter"] == inclusion_filter(
        sample_rate=settings.sample_rate
    )


def test_the_other_writer_is_the_bundle_s_and_the_sink_s(cloud):
    """The address by which rows go in, and the library that the folder asks for, are chosen by one option."""
    state = cloud.deploy(*DEPLOY, "--writer", "storage")

    environ = state["things"]["run services"]["svcerrors-sink"]["set-env-vars"]
    assert "SVCERRORS_WAREHOUSE=bigquery+storage:team.svcerrors," in environ
    assert [c[c.index("--writer") + 1] for c in state["commands"] if "--writer" in c] == ["storage"]
    job = state["things"]["run jobs"]["svcerrors-alerts"]
    assert job["set-env-vars"] == "SVCERRORS_WAREHOUSE=bigquery:team.svcerrors"


def test_the_filter_knows_the_names_of_the_service_and_the_job(deployed):
    """What is deployed under other names would feed itself."""
    assert list(deployed["things"]["run jobs"]) == [ALERT_JOB]
    assert [f'service_name="{name}"' in inclusion_filter() for name in deployed["things"]["run services"]] == [True]


def test_logs_of_folders_and_other_projects_come_to_one_topic(cloud):
    """Each parent has a sink of its own, and each sink's writer may publish."""
    state = cloud.deploy(*DEPLOY, "--logs-from", "folders/42", "--logs-from", "projects/other")

    assert "include-children" in state["things"]["logging sinks of 42"]["svcerrors"]
    assert "include-children" not in state["things"]["logging sinks of other"]["svcerrors"]
    writers = [b[2] for b in state["bindings"] if b[:2] == ["pubsub topics", "svcerrors"]]
    assert writers == [f"serviceAccount:writer-{of}@gcp-sa-logging.iam.gserviceaccount.com" for of in ("42", "other")]


def test_a_route_is_a_secret_that_the_job_alone_reads(cloud):
    """An address that anyone may post to is in no environment that can be listed."""
    state = cloud.deploy(*DEPLOY, "--route", "OPS=ops-hook", "--route", "DATA=data-hook")

    job = state["things"]["run jobs"]["svcerrors-alerts"]
    assert job["set-secrets"] == "SVCERRORS_ROUTE_OPS=ops-hook:latest,SVCERRORS_ROUTE_DATA=data-hook:latest"
    account = "serviceAccount:svcerrors-alerts@team.iam.gserviceaccount.com"
    assert [b for b in state["bindings"] if b[0] == "secrets"] == [
        ["secrets", name, account, "roles/secretmanager.secretAccessor"] for name in ("ops-hook", "data-hook")
    ]


@pytest.mark.parametrize("name", ["on-call", "ON_CALL", "on_call"])
def test_a_route_is_deployed_under_the_name_that_the_alert_job_reads(cloud, name):
    """A name of the policy may hold `-`, a variable of the environment may not."""
    state = cloud.deploy(*DEPLOY, "--route", f"{name}=hook")

    assert state["things"]["run jobs"]["svcerrors-alerts"]["set-secrets"] == f"{variable('on-call')}=hook:latest"


def test_a_policy_watches_names_that_exist(deployed):
    """A policy over a name that nobody has could not fire under any circumstance."""
    kinds = {"subscription_id": "pubsub subscriptions", "service_name": "run services", "job_name": "run jobs"}
    for path in POLICIES:
        names = re.findall(r"resource\.labels\.(\w+)=\\\"([^\\]+)\\\"", path.read_text())
        assert [(path.stem, label, name) for label, name in names if name not in deployed["things"][kinds[label]]] == []
        assert names, path.stem


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_is_found_by_its_name_and_tells_someone(deployed, path):
    """It is called after its file, so that a second run changes it instead of adding another."""
    policies = deployed["things"]["monitoring policies"].values()

    (made,) = [p for p in policies if p["displayName"] == f"svcerrors: {path.stem.replace('-', ' ')}"]
    assert made["notification-channels"] == "projects/p/channels/1"


WRONG = {
    "": "give --project and --region",
    "--project team --region r": "--notify",
    "--project team --region r --notify": "takes a value",
    "--project team --region r --notify a@b.c --delete-data": "--undo",
    "--project team --region r --notify a@b.c --logs-from folders/x": "folders/N",
    "--project team --region r --notify a@b.c --dataset a-b": "--dataset",
    "--project team --region r --notify a@b.c --route ops": "NAME=SECRET",
    "--project team --region r --notify a@b.c --writer grpc": "insertAll or storage",
    "--projekt team": "there is no option --projekt",
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.items())
def test_wrong_use_is_one_line_and_does_nothing(cloud, arguments, told):
    """It is said before the first command."""
    done = cloud.run(*arguments.split())

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert cloud.state()["commands"] == []


def test_a_python_without_svcerrors_is_told_before_anything_is_made(cloud):
    """Nor is anything asked of Google."""
    cloud.environ["PYTHON"] = "/nowhere/python3"
    done = cloud.run(*DEPLOY)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "/nowhere/python3 has no svcerrors: install" in done.stderr
    assert cloud.state()["commands"] == []


@pytest.mark.parametrize("track", ["alpha", "beta"])
def test_a_gcloud_without_a_component_is_told_before_anything_is_made(cloud, track):
    """It would be missed at the policies only, when all else stands."""
    cloud.change(lacks=[track])
    done = cloud.run(*DEPLOY)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"gcloud components install {track}" in done.stderr
    assert cloud.state()["things"] == {}


def test_a_project_that_nobody_knows_is_one_line_and_nothing_is_made(cloud):
    """What Google says of it, and what to look at."""
    cloud.change(unknown=["team"])
    done = cloud.run(*DEPLOY)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "projects instance [team] (or it may not exist); is team the project's name" in done.stderr
    assert "gcloud projects list" in done.stderr
    assert cloud.state()["things"] == {}


def test_a_dry_run_prints_every_command_and_runs_none(cloud, deployed):
    """What it prints is what a first run runs, but for what only Google can tell."""
    printed = cloud.run(*DEPLOY, "--dry-run").stdout
    assert cloud.state()["commands"] == []

    looks = ("list", "describe", "get-iam-policy")
    made = [command for command in deployed["commands"] if not {*looks, "-m", "--help"} & set(command)]
    shown = [line.split()[0] for line in printed.splitlines() if line.startswith(("gcloud ", "bq "))]
    assert shown == [command[0] for command in made]
    assert all(re.search(rf"(?m)^# .*\n(?:.*\n)*?{tool} ", printed) for tool in ("gcloud", "bq"))


def test_the_script_is_clean():
    """ShellCheck finds nothing in it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("shellcheck"), SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
