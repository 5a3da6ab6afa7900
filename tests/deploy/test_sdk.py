"""Every command of deploy.sh, as the installed SDK understands it: its help, its parser, and what it sends."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.bqemulator import serving
from support.deploying import BASE, DEPLOY, Cloud
from support.google_sdk import api, ask, bq, environment, find
from support.googlesql import Catalog, Rejected

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """Every command that a first run, a second and an undo run, of each kind and set of flags one."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.deploy(*DEPLOY, "--logs-from", "folders/42", "--logs-from", "projects/team", "--route", "OPS=ops-hook")
    cloud.deploy(*DEPLOY, "--logs-from", "folders/42", "--logs-from", "projects/team")
    cloud.deploy(*BASE, "--undo", "--delete-data", "--logs-from", "folders/42", "--logs-from", "projects/team")
    cloud.deploy(*DEPLOY)
    ran = [command for command in cloud.state()["commands"] if command[0] != "python"]
    return list({(*path(command), *sorted(flags(command))): command for command in ran}.values())


def path(command):
    """Return the words of a command that name it: those before its first flag, without what it is done to."""
    if command[0] == "bq":
        return ("bq", next(word for word in command[1:] if not word.startswith("--")))
    words = command[1 : next(n for n, word in enumerate(command) if word.startswith("--") or n == len(command) - 1)]
    verbs = r"(create|delete|deploy|describe|enable|execute|list|undelete|update|[a-z]+-iam-policy(-binding)?)$"
    end = next(n for n, word in enumerate(words) if re.match(verbs, word)) + 1
    return ("gcloud", *words[: end + (words[end : end + 1] == ["http"])])


def flags(command):
    return {word.partition("=")[0] for word in command if word.startswith("--")}


def test_every_flag_is_in_the_help_of_its_command(commands, tmp_path):
    """No command has a flag that the SDK does not know."""
    environ = environment(tmp_path)
    given = {}
    for command in commands:
        given.setdefault(path(command), set()).update(flags(command))

    def missing(named):
        tool = find(named[0])
        if named[0] == "bq":
            said = ask(environ, tool, "help", named[1]).stdout + ask(environ, tool, "--help").stdout
            known = set(re.findall(r"--(?:\[no\])?(\w+)", said))
        else:
            said = ask(environ, tool, *named[1:], "--help").stdout
            known = {name.removeprefix("[no-]") for name in re.findall(r"--((?:\[no-\])?[a-z0-9-]+)", said)}
        return named, {flag for flag in given[named] if flag.removeprefix("--").removeprefix("no-") not in known}

    with ThreadPoolExecutor(2) as pool:
        assert {named: unknown for named, unknown in pool.map(missing, given) if unknown} == {}
    assert len(given) > 30


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


def test_the_writer_is_bound_to_a_table(commands, tmp_path):
    """bq itself, against an API of ours, for the emulator knows no rights: one binding more than there was."""
    before = [{"role": "roles/bigquery.dataOwner", "members": ["user:a@example.com"]}]
    command = next(one for one in commands if "add-iam-policy-binding" in one and one[0] == "bq")

    def answer(_method, place, body):
        return 200, body["policy"] if "setIamPolicy" in place else {"bindings": before, "etag": "x"}

    with api(answer) as (host, asked):
        done = bq(environment(tmp_path), host, *command[1:])

    assert done.returncode == 0, done.stdout + done.stderr
    assert "/projects/team/datasets/svcerrors/tables/" in asked[-1][1]
    flag = dict(word[2:].partition("=")[::2] for word in command if word.startswith("--"))
    added = {"role": "projects/team/roles/svcerrorsWriter", "members": [flag["member"]]}
    assert asked[-1][2]["policy"]["bindings"] == [*before, added]


def test_the_grant_is_googlesql(commands):
    """GoogleSQL's own analyzer takes the statement, for the emulator has none of its kind."""
    (statement,) = {one[-1] for one in commands if one[0] == "bq" and "query" in one}

    Catalog("svcerrors").take(statement)
    with pytest.raises(Rejected):
        Catalog("svcerrors").take(statement.replace(" TO ", " FOR "))
