"""Every command of deploy.sh, as the installed SDK understands it: its help, its parser, and what it sends."""

import re
import shlex
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import page_commands
from support.bqemulator import serving
from support.deploying import BASE, DEPLOY, Cloud
from support.google_sdk import api, ask, bq, environment, find, refuse
from support.googlesql import Catalog, Rejected

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]  # the real command lines start 60 times


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Every command that a first run, a second and an undo run."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.deploy(*DEPLOY, "--logs-from", "folders/42", "--logs-from", "projects/team", "--route", "OPS=ops-hook")
    cloud.deploy(*DEPLOY, "--logs-from", "folders/42", "--logs-from", "projects/team")
    cloud.change(things=cloud.state()["things"] | {"run worker-pools": {"svcerrors-sink": {}}})
    cloud.deploy(*BASE, "--undo", "--delete-data", "--logs-from", "folders/42", "--logs-from", "projects/team")
    things = cloud.state()["things"]
    cloud.change(things=things | {"iam roles": {"svcerrorsWriter": {"deleted": True}}})
    cloud.deploy(*DEPLOY)
    return [command for command in cloud.state()["commands"] if command[0] != "python" and "--help" not in command]


@pytest.fixture(scope="module")
def commands(ran):
    """Of each kind and set of flags one."""
    return list({(*path(command), *sorted(flags(command))): command for command in ran}.values())


def path(command):
    """Return the words of a command that name it: those before its first flag, without what it is done to."""
    if command[0] == "bq":
        return ("bq", next(word for word in command[1:] if not word.startswith("--")))
    words = command[1 : next(n for n, word in enumerate(command) if word.startswith("--") or n == len(command) - 1)]
    verbs = r"(create|delete|deploy|describe|enable|execute|list|pause|read|undelete|update(-traffic)?|\w+(-\w+){2,})$"
    end = next(n for n, word in enumerate(words) if re.match(verbs, word)) + 1
    return ("gcloud", *words[: end + (words[end : end + 1] == ["http"])])


def flags(command):
    return {word.partition("=")[0] for word in command if word.startswith("--")}


def known(environ, named):
    """Return the flags that the help of a command names."""
    tool = find(named[0])
    if named[0] == "bq":
        said = ask(environ, tool, "help", named[1]).stdout + ask(environ, tool, "--help").stdout
        return set(re.findall(r"--(?:\[no\])?(\w+)", said))
    said = ask(environ, tool, *named[1:], "--help").stdout
    return {name.removeprefix("[no-]") for name in re.findall(r"--((?:\[no-\])?[a-z0-9-]+)", said)}


def unknown(given, folder):
    """Return of each command the flags that the SDK does not know."""
    environ = environment(folder)

    def of(named):
        ours = {flag.removeprefix("--").removeprefix("no-") for flag in given[named]}
        return named, ours - known(environ, named)

    with ThreadPoolExecutor(2) as pool:
        return {named: flags for named, flags in pool.map(of, given) if flags}


def test_every_flag_is_in_the_help_of_its_command(commands, tmp_path):
    """No command has a flag that the SDK does not know."""
    given = {}
    for command in commands:
        given.setdefault(path(command), set()).update(flags(command))

    assert unknown(given, tmp_path) == {}
    assert len(given) > 30


OF_PAGES = [
    shlex.split(one.text.partition(" | ")[0])
    for one in page_commands.commands()
    if one.text.startswith(("gcloud ", "bq "))
]


def test_every_flag_of_the_pages_is_in_the_help_of_its_command(tmp_path):
    """What a reader is to type, word for word."""
    given = {}
    for command in OF_PAGES:
        given.setdefault(path(command), set()).update(flags(command))

    assert unknown(given, tmp_path) == {}
    assert len(given) > 8


@pytest.fixture(scope="module")
def sent(commands, tmp_path_factory):
    """What gcloud itself says to each command, and sends for it to a Google that grants nothing."""
    gcloud, home = find("gcloud"), tmp_path_factory.mktemp("sdk")
    (home / "source").mkdir()
    (home / "source" / "main.py").touch()

    def send(command):
        words = [f"--source={home / 'source'}" if word.startswith("--source=") else word for word in command[1:]]
        with api() as (host, asked):
            return command, ask(environment(home, host), gcloud, *words), asked

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, [command for command in commands if command[0] == "gcloud"]))


def test_gcloud_itself_takes_every_command(sent):
    """The parser accepts all flags, values and combinations, and a request goes out; only that is refused."""
    refused_by_parser = [(command[:6], done.stderr) for command, done, _ in sent if done.returncode == 2]
    sent_nothing = [(command[:6], done.stderr) for command, done, asked in sent if not asked]

    assert refused_by_parser == []
    assert sent_nothing == []


def _resources(kind, names, **more):
    return [{"name": f"projects/team/{kind}/{name}", **more} for name in names]


def _running(*names):
    return [{"apiVersion": "v1", "kind": "Job", "metadata": {"name": name}, "spec": {}, "status": {}} for name in names]


ALERTS = "svcerrors-alerts@team.iam.gserviceaccount.com"
JOBS = "locations/europe-west1/jobs"
THERE = {
    "/topics": {"topics": _resources("topics", ("svcerrors", "svcerrors-dead", "svcerrors-2"))},
    "/subscriptions": {"subscriptions": _resources("subscriptions", ("svcerrors-dead", "svcerrors-push", "x"))},
    "/serviceAccounts": {"accounts": [{"email": ALERTS}, {"email": f"x-{ALERTS}"}]},
    "/roles": {"roles": [*_resources("roles", ["svcerrorsWriter"], deleted=True), *_resources("roles", ["svcerrors"])]},
    "/sinks": {"sinks": [{"name": "svcerrors"}, {"name": "svcerrors2"}, {"name": "_Default"}]},
    "/projects/team": {"projectId": "team", "projectNumber": "12"},
    "/notificationChannels": {
        "notificationChannels": [
            *_resources("notificationChannels", ["1"], type="email", userLabels={"notify": "oncall_example_com"}),
            *_resources("notificationChannels", ["2"], type="email", userLabels={"svcerrors": "made"}),
        ]
    },
    "/alertPolicies": {
        "alertPolicies": [
            *_resources("alertPolicies", ["1"], displayName="svcerrors: sink silent"),
            *_resources("alertPolicies", ["2"], displayName="svcerrors: sink silence"),
        ]
    },
    f"/{JOBS}": {"jobs": _resources(JOBS, ("svcerrors-alerts", "svcerrors-heartbeat", "x"))},
    "/namespaces/team/jobs": {"apiVersion": "v1", "kind": "JobList", "items": _running("svcerrors-alerts", "x")},
    "/namespaces/team/services": {"apiVersion": "v1", "kind": "ServiceList", "items": _running("svcerrors-sink", "x")},
    "/namespaces/team/workerpools": {
        "apiVersion": "v1",
        "kind": "WorkerPoolList",
        "items": _running("svcerrors-sink", "y"),
    },
    ":getIamPolicy": {
        "bindings": [
            {"role": "roles/bigquery.jobUser", "members": ["user:a@example.com", f"serviceAccount:{ALERTS}"]},
            {"role": "roles/viewer", "members": [f"serviceAccount:{ALERTS}"]},
        ]
    },
}
"""What exists, by the end of the path that lists it: of each kind one of ours, and one that is called nearly so."""

LOOKS = {
    ("pubsub topics list", ""): "svcerrors\nsvcerrors-dead\nsvcerrors-2\n",
    ("pubsub subscriptions list", ""): "svcerrors-dead\nsvcerrors-push\nx\n",
    ("iam service-accounts list", ""): f"{ALERTS}\nx-{ALERTS}\n",
    ("iam roles list", "svcerrorsWriter"): "deleted\n",
    ("logging sinks list", ""): "svcerrors\nsvcerrors2\n_Default\n",
    ("projects describe team", ""): "12\n",
    ("beta monitoring channels list", "notify"): "projects/team/notificationChannels/1\n",
    ("beta monitoring channels list", "made"): "projects/team/notificationChannels/2\n",
    ("alpha monitoring policies list", ""): (
        "svcerrors: sink silent\tprojects/team/alertPolicies/1\n"
        "svcerrors: sink silence\tprojects/team/alertPolicies/2\n"
    ),
    ("scheduler jobs list", ""): "svcerrors-alerts\nsvcerrors-heartbeat\nx\n",
    ("run jobs list", ""): "svcerrors-alerts\nx\n",
    ("run services list", ""): "svcerrors-sink\nx\n",
    ("beta run worker-pools list", ""): "svcerrors-sink\ny\n",
    ("projects get-iam-policy team", "members"): "roles/bigquery.jobUser\nroles/viewer\n",
}
"""What each prints of it: the names that the script looks for among them, one a line."""


def test_gcloud_itself_finds_what_is_looked_for(ran, tmp_path):
    """Its lists name what exists as the script reads them, its filters find the one that is ours."""
    gcloud = find("gcloud")

    def answer(_method, place, _body):
        ends = sorted((end for end in THERE if place.partition("?")[0].endswith(end)), key=len)
        return (200, THERE[ends[-1]]) if ends else refuse()

    def printed(look):
        words, looked_for = look
        command = next(
            one
            for one in ran
            if " ".join(one[1:]).startswith(words)
            and (not looked_for or any(word.startswith("--filter=") and looked_for in word for word in one))
            and "--folder=42" not in one
        )
        return look, ask(environ, gcloud, *command[1:]).stdout

    with api(answer) as (host, _), ThreadPoolExecutor(2) as pool:
        environ = environment(tmp_path, host)
        assert dict(pool.map(printed, LOOKS)) == LOOKS


MADE = {
    "logging sinks create": "serviceAccount:writer\n",
    "logging sinks update": "serviceAccount:writer\n",
    "beta monitoring channels create": "projects/team/notificationChannels/1\n",
}
"""What each that makes something prints of it, and the script goes on with."""


@pytest.mark.parametrize("words", MADE)
def test_gcloud_itself_says_what_google_calls_what_it_made(words, ran, tmp_path):
    """It prints the one name, and nothing else, so that no second command asks for it."""
    command = next(one for one in ran if " ".join(one[1:]).startswith(words) and "--folder=42" not in one)
    made = {"name": "projects/team/notificationChannels/1", "writerIdentity": "serviceAccount:writer"}

    with api(lambda *_: (200, made)) as (host, _):
        assert ask(environment(tmp_path, host), find("gcloud"), *command[1:]).stdout == MADE[words]


def bodies(sent, *words):
    return [
        (method, place, body)
        for command, _, asked in sent
        if list(words) == command[1 : 1 + len(words)]
        for method, place, body in asked
    ]


def test_the_log_sink_asks_for_a_writer_of_its_own(sent):
    """Whoever may publish to the topic can forge rows, so no other sink shares its identity."""
    made = bodies(sent, "logging", "sinks", "create")

    assert {place.partition("?")[0] for _, place, _ in made} == {"/v2/folders/42/sinks", "/v2/projects/team/sinks"}
    assert all("uniqueWriterIdentity=True" in place for _, place, _ in made)
    assert {body.get("includeChildren") for _, place, body in made if "folders" in place} == {True}


def test_the_subscription_is_as_the_sink_needs_it(sent):
    """Deadline, retries, dead letters and token arrive as they are meant."""
    ((_, _, body),) = [one for one in bodies(sent, "pubsub", "subscriptions", "create") if "push" in one[1]]

    assert body["ackDeadlineSeconds"] == 30
    assert body["retryPolicy"] == {"minimumBackoff": "10s", "maximumBackoff": "600s"}
    assert body["deadLetterPolicy"] == {
        "deadLetterTopic": "projects/team/topics/svcerrors-dead",
        "maxDeliveryAttempts": 100,
    }
    assert body["expirationPolicy"] == {}
    assert body["pushConfig"]["oidcToken"] == {
        "audience": "https://svcerrors-sink-123456789012.europe-west1.run.app",
        "serviceAccountEmail": "svcerrors-push@team.iam.gserviceaccount.com",
    }


def test_every_policy_is_one_that_the_api_knows(sent):
    """gcloud makes the message AlertPolicy of the file, whose fields it knows, and tells the channel."""
    made = [body for method, _, body in bodies(sent, "alpha", "monitoring", "policies", "create") if method == "POST"]

    assert all(body["notificationChannels"] and body["conditions"] for body in made)


def test_the_dataset_is_made_once_and_gone_once(commands, tmp_path):
    """bq itself, against the emulator: made twice and taken away twice is no error."""
    (tmp_path / "emulator").mkdir()
    environ = environment(tmp_path)
    of = {word: command for command in commands for word in ("mk", "rm") if command[0] == "bq" and word in command}
    with serving(tmp_path / "emulator") as host:
        made = [bq(environ, host, *of["mk"][1:]).returncode for _ in range(2)]
        there = bq(environ, host, "--project_id=team", "ls").stdout
        gone = [bq(environ, host, *of["rm"][1:]).returncode for _ in range(2)]
        left = bq(environ, host, "--project_id=team", "ls").stdout

    assert (made, gone) == ([0, 0], [0, 0])
    assert "svcerrors" in there
    assert "svcerrors" not in left


def test_the_grants_are_one_script(commands, tmp_path):
    """bq itself sends the statements as they are, in one job."""
    command = next(one for one in commands if one[0] == "bq" and "query" in one)

    with api() as (host, asked):
        bq(environment(tmp_path), host, *command[1:])

    (sent,) = [body["configuration"]["query"] for method, place, body in asked if method == "POST" and "/jobs" in place]
    assert sent["query"].strip() == command[-1].strip()
    assert sent["useLegacySql"] is False


def test_every_grant_is_googlesql(commands):
    """GoogleSQL's own analyzer takes each statement, for the emulator has none of its kind."""
    (script,) = {one[-1] for one in commands if one[0] == "bq" and "query" in one}

    statements = [one.strip() for one in script.split(";") if one.strip()]
    assert len(statements) == 7
    for statement in statements:
        Catalog("svcerrors").take(statement)
        with pytest.raises(Rejected):
            Catalog("svcerrors").take(statement.replace(" TO ", " FOR "))
