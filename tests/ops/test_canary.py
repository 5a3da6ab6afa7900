"""svcerrors.ops.canary: what is sent comes out at the end, or it is said which link is silent."""

import json

import pytest

from support.cloud_logging import cloud_logging
from support.entries import entry, push
from support.logfilter import Filter
from support.processes import post, running_sink, svcerrors
from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.canary import error, fly, heartbeat
from svcerrors.ops.canary_paths import CloudLogging
from svcerrors.sink import Intake
from svcerrors.sink.push import unwrap
from svcerrors.warehouse import open_warehouse

LETS_THROUGH = Filter(inclusion_filter())


@pytest.fixture
def where(tmp_path):
    made = f"duckdb:{tmp_path}/w"
    open_warehouse(made).apply()
    return made


def rows(where, table="service_errors"):
    return open_warehouse(where).query(f"SELECT * FROM {table}").rows  # noqa: S608


@pytest.mark.parametrize("kind", [(), ("--heartbeat",)], ids=["error", "heartbeat"])
def test_a_canary_goes_through_the_chain_on_this_machine(where, kind):
    """Real processes; one line says how long it took, and nothing fires because of it."""
    done = svcerrors("canary", *kind, "--timeout", "30", "--warehouse", where)

    assert (done.returncode, done.stdout) == (0, b"")
    assert b" was a row after " in done.stderr
    assert [len(rows(where)), len(rows(where, "service_runs"))] == ([0, 1] if kind else [1, 0])
    assert rows(where, "alerts") == []


@pytest.mark.parametrize("sent", [error(), heartbeat()], ids=["error", "heartbeat"])
def test_the_log_filter_lets_a_canary_through(sent):
    """As gcloud writes it: of a service that is not the sink's."""
    labels = {"project_id": "p", "location": "global", "service_name": "svcerrors-canary"}
    resource = {"type": "cloud_run_revision", "labels": labels}

    assert LETS_THROUGH({"resource": resource, "severity": sent.line["severity"], "jsonPayload": sent.line})


@pytest.mark.parametrize("sent", [error(), heartbeat()], ids=["error", "heartbeat"])
def test_a_canary_goes_from_the_real_gcloud_to_its_row(where, tmp_path, monkeypatch, sent):
    """gcloud writes it to a Cloud Logging of ours, the filter lets it through, the sink's process stores it."""
    with running_sink(where) as url:

        def route(one):
            if LETS_THROUGH(one):
                assert post(url, push(one))[0] == 204

        with cloud_logging(tmp_path, route) as environ:
            set_all(monkeypatch, environ)
            assert fly(sent, CloudLogging("p"), open_warehouse(where), 30) < 30

    services = [row[0] for table in ("service_errors", "service_runs") for row in named(where, table)]
    assert services == ["svcerrors-canary"]


def set_all(monkeypatch, environ):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


def named(where, table):
    return open_warehouse(where).query(f"SELECT service_name FROM {table}").rows  # noqa: S608


class Detour:
    """A path on which something else happens to what is sent."""

    def __init__(self, act):
        self._act = act

    def send(self, line):
        self._act(line)

    def blame(self, needle):
        return f"nothing came of {needle}"


def test_the_silent_link_is_named(where):
    """Nothing came at all; it came and was junk; others came and it did not."""
    store = open_warehouse(where)
    sent = error()
    junk = json.dumps(sent.line).encode()
    silences = [
        (lambda _: None, f'nothing came of "{sent.number}"'),
        (lambda _: Intake(store).store(unwrap(push(entry())).deliveries), "the sink stored 1 other rows meanwhile"),
        (lambda _: Intake(store).store(unwrap(push(junk[:-1])).deliveries), "the sink took it for no log entry"),
    ]
    for act, words in silences:
        with pytest.raises(SvcErrorsError, match=f"no row after 0.2 s: {words}"):
            fly(sent, Detour(act), store, 0.2, lambda _: None)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "Cloud Logging has it, and no row of anything came since"),
        (403, "Cloud Logging did not take what gcloud gave it"),
    ],
)
def test_what_gcloud_tells_of_cloud_logging_is_told(where, tmp_path, monkeypatch, status, words):
    """Whether the entry is there, or why it could not be written."""
    with cloud_logging(tmp_path, lambda _: None, status=status) as environ:
        set_all(monkeypatch, environ)
        with pytest.raises(SvcErrorsError, match=words):
            fly(error(), CloudLogging("p"), open_warehouse(where), 0.2, lambda _: None)


def test_without_gcloud_it_says_what_to_install(where, monkeypatch):
    """A canary for BigQuery is sent by gcloud."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="install the Google Cloud CLI"):
        fly(error(), CloudLogging("p"), open_warehouse(where), 1)


def test_a_warehouse_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path):
    """The first link to ask is the last one."""
    sent = []
    with pytest.raises(SvcErrorsError, match="svcerrors apply"):
        fly(error(), Detour(sent.append), open_warehouse(f"duckdb:{tmp_path}/never"), 1)
    assert sent == []
