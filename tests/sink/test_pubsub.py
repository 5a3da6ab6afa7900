"""The whole delivery by Google's Pub/Sub emulator: pushed, refused, pushed again, stored, counted once."""

import gzip
import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from support.entries import entry
from support.processes import CLEAN, SERVERS, running_sink
from support.pubsub_emulator import ATTEMPTS, running_pubsub
from svcerrors.warehouse import open_warehouse

WAIT_SECONDS = 60
JUNK = b"half a {line"


@pytest.fixture(scope="module")
def pubsub(tmp_path_factory):
    with running_pubsub(tmp_path_factory.mktemp("pubsub")) as emulator:
        yield emulator


ENVELOPES = {"wrapped": {}, "unwrapped": {"noWrapper": {"writeMetadata": True}}}


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_all_that_was_published_is_stored_and_counts_once(pubsub, server, envelope, tmp_path):
    """While the store is away every push is refused and comes again; when it is back, nothing is missing."""
    where, name = f"duckdb:{tmp_path}/w", f"{envelope}-{server}"
    open_warehouse(where).apply()
    entries = [entry() for _ in range(40)]
    batch = "\n".join(map(json.dumps, entries[:10])).encode()
    array = json.dumps(entries[10:20]).encode()
    # Of an unwrapped message the emulator makes UTF-8 text: what is gzip'd arrives damaged, and only there.
    messages = [batch, array if envelope == "unwrapped" else gzip.compress(array), JUNK]
    messages += [json.dumps(one).encode() for one in entries[20:]]
    subscription = f"projects/project/subscriptions/{name}"
    with running_sink(where, server, env={"SVCERRORS_PUSH_SUBSCRIPTION": subscription}) as url:
        pubsub.create(name, f"{url}/", **ENVELOPES[envelope])
        shutil.move(tmp_path / "w", tmp_path / "away")
        pubsub.publish(name, messages)
        time.sleep(1)  # the emulator pushes, and is refused
        shutil.move(tmp_path / "away", tmp_path / "w")
        store = open_warehouse(where)
        await_rows(store, len(entries))

    rows = store.query("SELECT insert_id FROM service_errors_unique WHERE service_name = 'scores'").rows
    assert sorted(rows) == sorted((one["insertId"],) for one in entries)
    [(raw, message_id)] = set(store.query("SELECT raw, message_id FROM service_errors_rejected").rows)
    assert (raw, bool(message_id)) == (JUNK, True)
    refused = store.query("SELECT SUM(occurrences) FROM service_errors WHERE service_name = 'svcerrors-sink'").rows
    assert refused[0][0]


@contextmanager
def pushed(pubsub, dead, _, url):
    """Let the dead-letter subscription push to the sink."""
    pubsub.push_to(dead, f"{url}/")
    yield


@contextmanager
def pulled(pubsub, dead, where, _):
    """Pull it with a worker."""
    command = [sys.executable, "-m", "svcerrors", "sink", "pull", f"projects/project/subscriptions/{dead}"]
    environ = {**CLEAN, "PUBSUB_EMULATOR_HOST": pubsub.address, "SVCERRORS_WAREHOUSE": where}
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
        try:
            yield
        finally:
            worker.kill()


@pytest.mark.parametrize("recovered", [pushed, pulled], ids=lambda way: way.__name__)
def test_what_pubsub_gave_up_is_not_lost(pubsub, tmp_path, recovered):
    """After five refusals it waits in the dead-letter subscription, whole; pushed or pulled from there, it is a row."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    entries = [entry() for _ in range(3)]
    source, dead_name = recovered.__name__, f"{recovered.__name__}-dead"
    with running_sink(where) as url:
        pubsub.create(source, f"{url}/", dead=dead_name)
        shutil.move(tmp_path / "w", tmp_path / "away")
        pubsub.publish(source, [json.dumps(one).encode() for one in entries])
        dead = await_dead(pubsub, dead_name, len(entries))
        shutil.move(tmp_path / "away", tmp_path / "w")
        store = open_warehouse(where)
        assert store.query("SELECT COUNT(*) FROM service_errors").rows == [(0,)]
        pubsub.publish(source, [JUNK])
        with recovered(pubsub, dead_name, where, url):
            await_rows(store, len(entries))

    assert sorted(map(json.loads, dead), key=lambda one: one["insertId"]) == entries
    assert {one["CloudPubSubDeadLetterSourceDeliveryCount"] for one in dead.values()} == {str(ATTEMPTS)}
    rows = store.query("SELECT insert_id FROM service_errors_unique WHERE service_name = 'scores'").rows
    assert sorted(rows) == sorted((one["insertId"],) for one in entries)


def await_dead(pubsub, name, count):
    """Return what waits in the dead-letter subscription, once it is so many."""
    found = {}
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found |= pubsub.peek(name)
        if len(found) == count:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{len(found)} of {count} are dead")


def await_rows(store, count):
    """Return when so many different errors and the junk are there."""
    deadline = time.monotonic() + WAIT_SECONDS
    query = """
        SELECT (SELECT COUNT(DISTINCT error_id) FROM service_errors WHERE service_name = 'scores') AS errors,
               (SELECT COUNT(*) FROM service_errors_rejected) AS rejected"""
    while time.monotonic() < deadline:
        errors, rejected = store.query(query).rows[0]
        if errors >= count and rejected:
            return
        time.sleep(0.1)
    raise AssertionError(f"{errors} of {count} errors, {rejected} rejected")
