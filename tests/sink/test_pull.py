"""The worker that pulls: Google's Pub/Sub emulator, real processes, killed and stopped in the midst of it."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Timer

import pytest

from support.deaf_pubsub import deaf_pubsub
from support.entries import entry
from support.faulty_bigquery import POISON, faulty
from support.logfilter import Filter
from support.processes import CLEAN, svcerrors
from support.pubsub_emulator import running_pubsub
from svcerrors._errors import UsageError
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.pull import pull
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.own import HEARTBEAT
from svcerrors.sink.pull import GRACE, Puller
from svcerrors.sink.receive import Receiver
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import open_warehouse

WAIT_SECONDS = 120
KILLS = 2
HANGS = 20
JUNK = b"half a {line"
LETS_THROUGH = Filter(inclusion_filter())


@pytest.fixture(scope="module")
def pubsub(tmp_path_factory):
    with running_pubsub(tmp_path_factory.mktemp("pubsub")) as emulator:
        yield emulator


@contextmanager
def worker(pubsub, subscription, warehouse, log, **environ):
    """Run a worker; its output goes to a file."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "svcerrors", "sink", "pull", subscription, "--metrics-every", "1"],
            env={**CLEAN, "PUBSUB_EMULATOR_HOST": pubsub.address, "SVCERRORS_WAREHOUSE": warehouse, **environ},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def beats(log):
    return [line["svcerrors"] for line in lines(log) if "svcerrors" in line]


def total(log, what):
    """Return the sum of a metric over all lines."""
    return sum(line["pull"][what] for line in lines(log) if "pull" in line)


def await_that(is_so, what):
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.mark.timeout(400)
def test_kill_9_loses_nothing_and_each_error_counts_once(pubsub, tmp_path):
    """Killed while writes hang, some of them stored unbeknown: all that was not acknowledged comes again."""
    log, subscription = tmp_path / "log", pubsub.create_pull("killed")
    published, chance = set(), random.Random()  # noqa: S311  # moments, no secrets
    with faulty(hang=WAIT_SECONDS) as bigquery:
        environ = {"BIGQUERY_EMULATOR_HOST": bigquery.host}

        def rows():
            return [row for row in bigquery.rows["service_errors"] if row["service_name"] == "scores"]

        for _ in range(KILLS):
            before = chance.choices(["none", "commit, then hang"], k=chance.randint(0, 3))
            bigquery.schedule = deque([*before, *["hang"] * HANGS])
            entries = [entry() for _ in range(200)]
            published |= {one["insertId"] for one in entries}
            with worker(pubsub, subscription, "bigquery:p.d", log, **environ) as process:
                pubsub.publish("killed", [json.dumps(one).encode() for one in entries])
                await_that(lambda: len(bigquery.schedule) < HANGS, "no write hangs")
                time.sleep(chance.uniform(0.1, 1.0))  # whatever is acknowledged has left by then
                process.kill()
        assert {row["insert_id"] for row in rows()} < published
        bigquery.schedule.clear()
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ):
            await_that(lambda: {row["insert_id"] for row in rows()} == published, "rows are missing")

    store = open_warehouse(f"duckdb:{tmp_path}/w")
    store.apply()
    store.insert("service_errors", rows())
    counted = store.query("SELECT insert_id, COUNT(*) FROM service_errors_unique GROUP BY 1").rows
    assert dict(counted) == dict.fromkeys(published, 1)


def test_bad_messages_are_set_aside_and_acknowledged(pubsub, tmp_path):
    """What is no log entry, and what BigQuery refuses, is in quarantine, with its message's id and attributes."""
    log, subscription = tmp_path / "log", pubsub.create_pull("junk")
    good, poison, nothing = entry(), entry(f"ValueError: {POISON}"), entry("all is well", severity="INFO")
    batch = "\n".join(json.dumps(entry()) for _ in range(10)).encode()
    messages = [JUNK, batch, *(json.dumps(one).encode() for one in (good, poison, nothing))]
    with faulty() as bigquery, worker(pubsub, subscription, "bigquery:p.d", log, BIGQUERY_EMULATOR_HOST=bigquery.host):
        pubsub.publish("junk", messages)
        await_that(lambda: total(log, "acknowledged") == len(messages), "not all is acknowledged")
        rejected = bigquery.rows["service_errors_rejected"]
        stored = bigquery.rows["service_errors"]

    assert len({row["insert_id"] for row in stored}) == 11
    assert len(rejected) == 2
    assert all(row["message_id"] and json.loads(row["attributes"]) == {"a": "b"} for row in rejected)


def test_what_is_not_stored_rests_and_comes_again(pubsub, tmp_path):
    """While the warehouse refuses, nothing is acknowledged and BigQuery is not asked in a circle; then it is stored."""
    log, subscription = tmp_path / "log", pubsub.create_pull("refused")
    entries = [entry() for _ in range(30)]
    with faulty() as bigquery, worker(pubsub, subscription, "bigquery:p.d", log, BIGQUERY_EMULATOR_HOST=bigquery.host):
        bigquery.reset(["403"] * 3)
        pubsub.publish("refused", [json.dumps(one).encode() for one in entries])
        await_that(lambda: total(log, "acknowledged") == len(entries), "not all is acknowledged")
        stored = {row["insert_id"] for row in bigquery.rows["service_errors"] if row["service_name"] == "scores"}

    assert stored == {one["insertId"] for one in entries}
    assert total(log, "given_back") > 0
    assert len(bigquery.requests) < 30


def test_sigterm_writes_what_was_pulled_and_ends(pubsub, tmp_path):
    """Within its grace: what is in flight is written and acknowledged, so that nothing comes twice; the exit is 0."""
    log, subscription = tmp_path / "log", pubsub.create_pull("stopped")
    with faulty(delay=1.0) as bigquery:
        environ = {"BIGQUERY_EMULATOR_HOST": bigquery.host}
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ) as process:
            pubsub.publish("stopped", [json.dumps(entry()).encode() for _ in range(20)])
            await_that(lambda: total(log, "pulled") == 20, "nothing is pulled")
            process.send_signal(signal.SIGTERM)
            code = process.wait(15)
        stored = [row["insert_id"] for row in bigquery.rows["service_errors"]]
        assert (code, total(log, "acknowledged") + total(log, "given_back")) == (0, 20)
        assert len(stored) >= total(log, "acknowledged")
        bigquery.delay = 0.0
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ):
            await_that(lambda: total(log, "acknowledged") == 20, "not all is acknowledged")

    assert len({row["insert_id"] for row in bigquery.rows["service_errors"]}) == 20


def test_sigterm_ends_in_time_though_the_warehouse_hangs(pubsub, tmp_path):
    """Writing and closing share one deadline, below the 10 s after which Cloud Run kills; the rest comes again."""
    log, subscription = tmp_path / "log", pubsub.create_pull("hanging")
    with faulty(delay=60.0) as bigquery:
        environ = {"BIGQUERY_EMULATOR_HOST": bigquery.host}
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ) as process:
            pubsub.publish("hanging", [json.dumps(entry()).encode() for _ in range(20)])
            await_that(lambda: total(log, "pulled") == 20, "nothing is pulled")
            process.send_signal(signal.SIGTERM)
            assert process.wait(GRACE + 1.5) == 0

    assert total(log, "acknowledged") == 0


@pytest.mark.timeout(60)
def test_what_is_published_while_it_drains_is_not_pulled_and_given_back_in_a_circle(pubsub, tmp_path):
    """The stream ends first: each turn of the circle would be a delivery attempt more towards the dead letter."""
    log, subscription = tmp_path / "log", pubsub.create_pull("draining")
    with faulty(delay=3.0) as bigquery:
        environ = {"BIGQUERY_EMULATOR_HOST": bigquery.host}
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ) as process:
            pubsub.publish("draining", [json.dumps(entry()).encode()])
            await_that(lambda: total(log, "pulled"), "nothing is pulled")
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            pubsub.publish("draining", [json.dumps(entry()).encode() for _ in range(20)])
            code = process.wait(GRACE + 1.5)

    assert (code, total(log, "pulled"), total(log, "acknowledged"), total(log, "given_back")) == (0, 1, 1, 0)
    assert len(bigquery.rows["service_errors"]) == 1


def test_its_heartbeat_goes_the_whole_path(pubsub, tmp_path):
    """A line of a worker pool's log, which the filter lets through and the worker pulls, becomes a row of its own."""
    log, subscription = tmp_path / "log", pubsub.create_pull("beats")
    environ = {"CLOUD_RUN_WORKER_POOL": "svcerrors-sink"}
    pool = {"type": "cloud_run_worker_pool", "labels": {"worker_pool_name": "svcerrors-sink"}}
    with faulty() as bigquery:
        environ["BIGQUERY_EMULATOR_HOST"] = bigquery.host
        with worker(pubsub, subscription, "bigquery:p.d", log, **environ):
            await_that(lambda: beats(log), "no heartbeat")
            logged = [entry(line, severity=line["severity"], resource=pool) for line in lines(log)]
            for one in logged:
                one["labels"] = {}
            pubsub.publish("beats", [json.dumps(one).encode() for one in logged if LETS_THROUGH(one)])
            await_that(lambda: bigquery.rows["service_runs"], "no row")

    [row] = bigquery.rows["service_runs"]
    assert (row["run_name"], row["status"], row["service_name"]) == (HEARTBEAT, "succeeded", "svcerrors-sink")
    assert (row["run_key"], row["instance_id"]) == (subscription, beats(log)[0]["instance_id"])
    assert bigquery.rows["service_errors"] == []


def test_each_worker_beats_for_itself_and_says_that_it_ended(pubsub, tmp_path):
    """So that the beats of one do not hide the silence of another, and one that was stopped is not taken for silent."""
    subscription, logs = pubsub.create_pull("both"), [tmp_path / "killed", tmp_path / "stopped"]
    where = f"duckdb:{tmp_path}/w"
    with worker(pubsub, subscription, where, logs[0]), worker(pubsub, subscription, where, logs[1]) as process:
        await_that(lambda: all(beats(log) for log in logs), "no heartbeat")
        process.send_signal(signal.SIGTERM)
        assert process.wait(GRACE + 1.5) == 0

    killed, stopped = ([(one["status"], one["instance_id"]) for one in beats(log)] for log in logs)
    assert [status for status, _ in killed] == ["succeeded"]
    assert [status for status, _ in stopped] == ["succeeded", "skipped"]
    assert len({who for _, who in killed + stopped}) == 2


def test_it_beats_again_and_again(pubsub, tmp_path, monkeypatch, capfd):
    """Each minute, here each tenth of a second: no schedule can call a worker."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub.address)
    monkeypatch.setattr("svcerrors.sink.pulse.BEAT_SECONDS", 0.1)
    receiver = Receiver(Settings(f"duckdb:{tmp_path}/w"))
    stopping = Event()
    Timer(2.0, stopping.set).start()
    Puller(receiver, pubsub.create_pull("often"), Metrics(receiver)).run(stopping)

    said = [json.loads(line)["message"] for line in capfd.readouterr().out.splitlines()]
    assert 3 <= said.count(f"{HEARTBEAT} succeeded") <= 10


def pull_in_process(server, where, seconds, monkeypatch, is_over=lambda: False):
    """Pull until it is over, or so many seconds have passed."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", server.host)
    receiver, stopping = Receiver(Settings(where)), Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(Puller(receiver, "projects/p/subscriptions/s", Metrics(receiver)).run, stopping)
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline and not is_over() and not running.done():
                time.sleep(0.05)
        finally:
            stopping.set()
        running.result(2 * GRACE)


def test_a_stream_that_hangs_is_opened_anew(tmp_path, monkeypatch):
    """Nobody says that it hangs; what waits comes over another one, is stored, and is acknowledged there."""
    monkeypatch.setattr("svcerrors.sink.pull.STILL_SECONDS", 0.5)
    where, one = f"duckdb:{tmp_path}/w", entry()
    open_warehouse(where).apply()
    with deaf_pubsub(json.dumps(one).encode(), JUNK, deaf=2) as server:
        pull_in_process(server, where, 20.0, monkeypatch, lambda: len(set(server.acknowledged)) == 2)
        assert (set(server.acknowledged), server.streams >= 3) == ({"0", "1"}, True)

    stored = open_warehouse(where).query("SELECT insert_id FROM service_errors_unique").rows
    assert stored == [(one["insertId"],)]


def test_a_worker_to_which_nothing_comes_ceases_to_beat(tmp_path, monkeypatch, capfd):
    """Its own beats are to come, so that it hears nothing means that it does not pull, whoever else does."""
    monkeypatch.setattr("svcerrors.sink.pulse.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("svcerrors.sink.pulse.DEAF_SECONDS", 0.5)
    with deaf_pubsub(deaf=99) as server:
        pull_in_process(server, f"duckdb:{tmp_path}/w", 4.0, monkeypatch)

    said = [json.loads(line)["message"] for line in capfd.readouterr().out.splitlines()]
    assert 1 <= said.count(f"{HEARTBEAT} succeeded") <= 5
    assert said.count(f"{HEARTBEAT} skipped") == 1


@pytest.mark.parametrize(
    ("name", "environ", "code", "said"),
    [
        ("scores", {}, 2, "'scores' is no subscription: give projects/PROJECT/subscriptions/NAME"),
        ("projects/project/subscriptions/none", {}, 1, "none: there is no such subscription: create it, a pull"),
        ("projects/p/subscriptions/s", {"CLOUD_RUN_WORKER_POOL": "w"}, 2, "set SVCERRORS_WAREHOUSE=bigquery:"),
        (
            "projects/p/subscriptions/s",
            {"PUBSUB_EMULATOR_HOST": "", "NO_GCE_CHECK": "true", "HOME": "/nonexistent"},
            1,
            "no credentials: gcloud auth application-default login",
        ),
    ],
    ids=["name", "unknown", "memory disk", "credentials"],
)
def test_what_cannot_work_is_said_in_one_line(pubsub, tmp_path, name, environ, code, said):
    """At the start, with what to do next."""
    environ = {"PUBSUB_EMULATOR_HOST": pubsub.address, "SVCERRORS_WAREHOUSE": f"duckdb:{tmp_path}/w", **environ}
    done = svcerrors("sink", "pull", name, env={key: value for key, value in environ.items() if value})
    errors = [line for line in done.stderr.decode().splitlines() if line.startswith("svcerrors:")]
    assert (done.returncode, len(errors)) == (code, 1)
    assert said in errors[0]
    assert "Traceback" not in done.stderr.decode()


def test_without_its_extra_it_says_what_to_install(monkeypatch):
    """The library that pulls is not part of the command line."""
    monkeypatch.setitem(sys.modules, "google.cloud.pubsub_v1", None)
    monkeypatch.delitem(sys.modules, "svcerrors.sink.pull", raising=False)
    with pytest.raises(UsageError, match=r"pip install 'svcerrors\[pull\]'"):
        pull("projects/p/subscriptions/s", "duckdb:w", {}, 60.0)
