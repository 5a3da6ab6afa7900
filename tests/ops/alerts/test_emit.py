"""The alert job over a real store: errors go in, lines and posts come out, and alert_log says what became of them."""

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from support.processes import CLEAN
from support.receivers import hang
from svcerrors.ops.alerts import emit as module
from svcerrors.ops.alerts import post
from svcerrors.ops.alerts.emit import emit
from svcerrors.ops.alerts.log import firing
from svcerrors.ops.states import say
from svcerrors.warehouse import open_warehouse


class Store:
    """A store, and what a test has to say to it."""

    def __init__(self, folder):
        self.address = f"duckdb:{folder}"
        self.warehouse = open_warehouse(self.address)
        self.warehouse.apply()

    def fail(self, fingerprint="v1:f", service="scores", ago=0):
        at = datetime.now(UTC) - timedelta(minutes=ago)
        self.warehouse.insert(
            "service_errors",
            [
                {
                    "error_id": f"{fingerprint}{at}",
                    "error_timestamp": at.isoformat(),
                    "service_name": service,
                    "error_type": "KeyError",
                    "error_message": fingerprint,
                    "error_category": "processing_error",
                    "severity": "ERROR",
                    "fingerprint": fingerprint,
                    "occurrences": 1,
                }
            ],
        )

    def policy(self, **columns):
        at = datetime.now(UTC).isoformat()
        row = {
            "load_id": at,
            "load_rows": 1,
            "load_row": 1,
            "loaded_at": at,
            "rule": "*",
            "service_name": "*",
            **columns,
        }
        self.warehouse.insert("alert_policy", [row])

    def log(self):
        found = self.warehouse.query("SELECT * FROM alert_log ORDER BY sent_at, is_sent IS NOT NULL")
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def said(self):
        return [(row["kind"], row["route"], row["is_sent"]) for row in self.log()]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "w")


def lines(capfd):
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_new_alert_is_one_line_and_noted(store, capfd):
    """Claimed, written, noted; a second run writes nothing."""
    store.fail()
    first = emit(store.warehouse, {})
    second = emit(store.warehouse, {})

    assert (first.sent(), first.failures, second.outcomes) == ({"fired": 1}, {}, [])
    [line] = lines(capfd)
    assert line["svcerrors"]["alert_key"] == "new_error:scores:v1:f"
    assert store.said() == [("fired", "log", None), ("fired", "log", True)]
    assert {row["alert_key"] for row in store.log()} == {"new_error:scores:v1:f"}


def test_the_alert_job_knows_which_group_is_acknowledged(store):
    """What the verb says reaches it through the view, and what is said after it counts."""
    store.fail()
    known = []
    for state in ("acknowledged", "open"):
        say(store.warehouse, "v1:f", state, by="me@example.com")
        known += [one.is_acknowledged for one in firing(store.warehouse)]

    assert known == [True, False]


def test_a_webhook_is_told_and_the_log_too(store, receiver, capfd):
    """An alert goes where the policy says, and its line says where that is."""
    one = receiver(200)
    store.policy(route="team")
    store.fail()
    emit(store.warehouse, {"SVCERRORS_ROUTE_TEAM": one.url})

    assert [body["notice"] for body in one.bodies] == ["fired"]
    assert [line["svcerrors"]["route"] for line in lines(capfd)] == ["team"]


def test_a_route_that_fails_is_told_and_tried_again(store, receiver, monkeypatch):
    """The failure is in the report and in the log of notices; a later run delivers."""
    monkeypatch.setattr(post, "_PAUSE", 0.01)
    one = receiver(500, 500, 500, 200)
    environ = {"SVCERRORS_ROUTE_TEAM": one.url}
    store.policy(route="team")
    store.fail()
    assert emit(store.warehouse, environ).failures == {"team": "it answers 500"}
    assert "team" not in {one.notice.route for one in emit(store.warehouse, environ).outcomes}
    monkeypatch.setattr("svcerrors.ops.alerts.decide._FIRST_PAUSE", timedelta(0))
    assert emit(store.warehouse, environ).failures == {}
    assert len(one.bodies) == 4


def test_that_a_route_fails_is_told_by_the_log_alone_and_ends_when_it_works(store, receiver, monkeypatch, capfd):
    """Its own route would be the one place where it cannot be heard; what it did not take is told once it works."""
    monkeypatch.setattr(post, "_PAUSE", 0.01)
    monkeypatch.setattr("svcerrors.ops.alerts.decide._FIRST_PAUSE", timedelta(0))
    one = receiver(404, 200)
    environ = {"SVCERRORS_ROUTE_TEAM": one.url}
    store.policy(route="team")
    store.fail()
    emit(store.warehouse, environ)
    emit(store.warehouse, environ)

    told = [(line["svcerrors"]["rule"], line["svcerrors"]["route"]) for line in lines(capfd)]
    assert told == [("new_error", "team"), ("route_failing", "log")]
    assert [body["rule"] for body in one.bodies] == ["new_error", "new_error"]
    emit(store.warehouse, environ)
    assert [(line["svcerrors"]["rule"], line["svcerrors"]["notice"]) for line in lines(capfd)] == [
        ("route_failing", "cleared")
    ]


def test_a_route_without_an_address_is_an_alert_before_it_is_needed(store):
    """Nothing fires, and yet: the policy names a route that leads nowhere. Noted once, not with every run."""
    store.policy(rule="burst", route="pager")
    reports = [emit(store.warehouse, {}) for _ in range(3)]

    assert [report.failures for report in reports] == [{"pager": "it has no address: set SVCERRORS_ROUTE_PAGER"}] * 3
    assert [row for row in store.said() if row[0] == "checked"] == [("checked", "pager", False)]


def test_an_address_that_is_there_again_is_noted(store, receiver):
    """Then route_failing ends."""
    store.policy(rule="burst", route="pager")
    emit(store.warehouse, {})
    emit(store.warehouse, {"SVCERRORS_ROUTE_PAGER": receiver(200).url})
    assert [row[1:] for row in store.said() if row[0] == "checked"] == [("pager", False), ("pager", True)]
    assert emit(store.warehouse, {"SVCERRORS_ROUTE_PAGER": "https://example.com"}).failures == {}


def test_the_route_of_a_later_reminder_is_looked_at_too(store):
    """Whoever is called after four hours must be within reach now."""
    store.policy(rule="burst", renotify=[{"after_minutes": 240, "route": "boss"}])
    assert list(emit(store.warehouse, {}).failures) == ["boss"]


def test_many_runs_at_once_send_once(store, receiver):
    """Eight runs start together: of each notice one goes out."""
    one = receiver(200)
    store.policy(route="team")
    for number in range(5):
        store.fail(f"v1:{number}", service=f"s{number}")
    gate = threading.Barrier(8)

    def run():
        gate.wait()
        emit(open_warehouse(store.address), {"SVCERRORS_ROUTE_TEAM": one.url})

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [body["alert_key"] for body in one.bodies]
    assert sorted(told) == sorted(set(told))
    assert len([key for key in told if key.startswith("new_error")]) in {0, 5}
    assert len(told) == len({row["alert_key"] for row in store.log()})


def test_a_run_that_dies_while_it_sends_is_made_good(store, receiver, monkeypatch):
    """Killed between sending and noting: told again after the lease, under the same id, and then never again."""
    one = receiver(hang, 200)
    environ = {"SVCERRORS_ROUTE_TEAM": one.url}
    store.policy(route="team")
    store.fail()
    command = [sys.executable, "-m", "svcerrors", "alerts", "--emit", "--warehouse", store.address]
    dying = subprocess.Popen(command, env={**CLEAN, **environ}, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not one.bodies and time.monotonic() < deadline:
        time.sleep(0.02)
    dying.kill()
    dying.wait()

    assert emit(store.warehouse, environ).outcomes == []
    monkeypatch.setattr("svcerrors.ops.alerts.decide.LEASE", timedelta(0))
    monkeypatch.setattr(module, "LEASE", timedelta(seconds=1))
    assert emit(store.warehouse, environ).sent() == {"fired": 1}
    assert emit(store.warehouse, environ).outcomes == []
    assert len(one.bodies) == 2
    assert len({body["notice_id"] for body in one.bodies}) == 1


def test_one_run_sends_so_many_the_severest_first(store, receiver, monkeypatch):
    """The rest comes with the next run: nothing is lost, and no receiver is flooded."""
    monkeypatch.setattr(module, "_MOST", 2)
    one = receiver(200)
    store.policy(route="team")
    for number in range(3):
        store.fail(f"v1:{number}", service=f"s{number}")
    sent = [sum(emit(store.warehouse, {"SVCERRORS_ROUTE_TEAM": one.url}).sent().values()) for _ in range(3)]
    assert sent == [3 + 2, 1, 0]


def test_the_verb_exits_1_when_a_route_fails(store):
    """And says on stderr which, and why; what it writes on stdout are log lines and nothing else."""
    store.policy(rule="burst", route="pager")
    store.fail()
    done = subprocess.run(
        [sys.executable, "-m", "svcerrors", "alerts", "--emit", "--warehouse", store.address],
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "told: 1 fired",
        "svcerrors: route pager: it has no address: set SVCERRORS_ROUTE_PAGER",
    ]
    assert [json.loads(line)["svcerrors"]["notice"] for line in done.stdout.splitlines()] == ["fired"]
