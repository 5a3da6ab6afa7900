"""The sink as it is deployed: functions-framework or uvicorn, HTTP, and a store behind it."""

import base64
import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.entries import entry, push
from support.faulty_bigquery import faulty
from support.processes import CLEAN, SERVERS, post, running_sink, sink_command, start_sink
from svcerrors.ops.local.ports import free_port
from svcerrors.sink.delivery import LIMIT
from svcerrors.warehouse import open_warehouse


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sink") / "warehouse"


@pytest.fixture(scope="module", params=SERVERS)
def sink(folder, request):
    open_warehouse(f"duckdb:{folder}").apply()
    with running_sink(f"duckdb:{folder}", request.param, env={"SVCERRORS_CONCURRENCY": "20"}) as url:
        yield url


def services(folder):
    return open_warehouse(f"duckdb:{folder}").query("SELECT service_name FROM service_errors_unique").rows


def test_a_push_is_acknowledged_once_its_row_can_be_read(sink, folder):
    """204, and the row is there at that moment."""
    service = uuid.uuid4().hex
    status, _ = post(sink, push(entry(service=service)))

    assert status == 204
    assert (service,) in services(folder)


def test_a_bare_entry_is_taken_too(sink, folder):
    """The body may be the LogEntry itself."""
    service = uuid.uuid4().hex
    assert post(sink, json.dumps(entry(service=service)).encode())[0] == 204
    assert (service,) in services(folder)


def wrapped(one):
    data = base64.b64encode(json.dumps(one).encode()).decode()
    return {"message": {"data": data, "messageId": "17"}, "subscription": "projects/p/subscriptions/s"}


def event_of_first_generation(one):
    kind = "type.googleapis.com/google.pubsub.v1.PubsubMessage"
    return {"context": {"eventId": "17"}, "data": {"@type": kind, "data": wrapped(one)["message"]["data"]}}


EVENT = {"specversion": "1.0", "id": "17", "type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//x"}
BINARY = {f"ce-{name}": value for name, value in EVENT.items()}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
ENVELOPES = {
    "wrapped, gzip'd": (lambda one: gzip.compress(json.dumps(wrapped(one)).encode()), {"Content-Encoding": "gzip"}),
    "unwrapped": (lambda one: json.dumps(one).encode(), {"x-goog-pubsub-message-id": "17"}),
    "CloudEvent, binary": (lambda one: json.dumps(wrapped(one)).encode(), BINARY),
    "CloudEvent, structured": (lambda one: json.dumps({**EVENT, "data": wrapped(one)}).encode(), STRUCTURED),
    "first generation": (lambda one: json.dumps(event_of_first_generation(one)).encode(), {}),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_every_envelope_is_taken_over_http(sink, folder, name):
    """As the server hands it on: with its headers, and its body as it was sent."""
    make, headers = ENVELOPES[name]
    service = uuid.uuid4().hex

    assert post(sink, make(entry(service=service)), headers)[0] == 204
    assert (service,) in services(folder)


def test_a_redelivery_counts_once(sink, folder):
    """The same push twice is one row of the view."""
    service = uuid.uuid4().hex
    body = push(entry(service=service))

    assert [post(sink, body)[0], post(sink, body)[0]] == [204, 204]
    assert services(folder).count((service,)) == 1


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b'{"message": {}}', b"[]", b"null", push(b"{"), push(b"5")])
def test_junk_is_acknowledged_and_kept(sink, folder, junk):
    """A message that can never be a row must not come again; its bytes are in quarantine."""
    store = open_warehouse(f"duckdb:{folder}")
    before = store.query("SELECT COUNT(*) FROM service_errors_rejected").rows[0][0]

    assert post(sink, junk)[0] == 204
    assert store.query("SELECT COUNT(*) FROM service_errors_rejected").rows[0][0] == before + 1


REQUESTS = [
    *((method, "/") for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")),
    *(("GET", path) for path in ("/healthz", "/heartbeat", "/robots.txt", "/favicon.ico", "/a/../b")),
    *(("POST", path) for path in ("/", "/heartbeat", "/other")),
]
SECRET = "s3cret"  # noqa: S105  # it stands for one


@pytest.mark.parametrize("server", SERVERS)
def test_no_answer_to_anything_echoes_a_header(tmp_path, server):
    """Whatever is asked, and whether or not the token is looked at."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    for environ in ({}, {"SVCERRORS_PUSH_AUDIENCE": "a", "SVCERRORS_PUSH_ACCOUNT": "b"}):
        with running_sink(where, server, env=environ) as url:
            for method, path in REQUESTS:
                assert SECRET not in answered(url, method, path), (method, path)


def answered(url, method, path):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    headers = {"Authorization": f"Bearer {SECRET}", "X-Other": SECRET, "Content-Type": f"x/{SECRET}"}
    connection.request(method, path, b"junk", headers)
    answer = connection.getresponse()
    whole = f"{answer.reason} {answer.headers} {answer.read().decode()}"
    connection.close()
    return whole


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_is_no_push_is_told_what_to_do(sink, method):
    """Only a POST is a push."""
    request = urllib.request.Request(sink, method=method)

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert (caught.value.code, caught.value.read()) == (405, b"POST a Pub/Sub push, or GET /healthz")


def test_a_body_that_no_push_can_be_is_kept_in_part_and_acknowledged(sink, folder):
    """A refusal would bring it back for ever; its first megabyte tells what it was."""
    count = "SELECT COUNT(*) FROM service_errors_rejected WHERE LENGTH(raw) = 1000000"
    store = open_warehouse(f"duckdb:{folder}")
    before = store.query(count).rows[0][0]

    assert post(sink, b"x" * (LIMIT + 1_000))[0] == 204
    assert store.query(count).rows[0][0] == before + 1


@pytest.mark.parametrize("server", SERVERS)
def test_of_a_body_that_is_too_large_no_more_is_held_than_the_limit(server, tmp_path):
    """Ten times the limit costs the server's processes little memory."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    sink = start_sink(where, server)
    assert post(sink.url, push(entry()))[0] == 204
    before = sink.peak_memory()
    statuses = [post(sink.url, bytes(10 * LIMIT))[0] for _ in range(2)]
    grown = sink.peak_memory() - before
    sink.kill()

    assert statuses == [204] * 2
    assert grown < 5 * LIMIT


CUTS = {
    "length": lambda body: b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:-9]),
    "chunked": lambda body: b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s" % (len(body), body[:-9]),
    "nothing yet": lambda body: b"Content-Length: %d\r\n\r\n" % len(body),
}


@pytest.mark.parametrize("server", SERVERS)
def test_half_a_body_is_no_junk(server, tmp_path):
    """Its connection broke: it is neither a row nor in quarantine nor acknowledged, and comes again as a whole."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    sink = start_sink(where, server)
    answers = [half_sent(sink.url, make(push(entry()))) for make in CUTS.values()]
    whole = post(sink.url, push(entry()))[0]
    told = json.loads(urllib.request.urlopen(f"{sink.url}/healthz").read())
    sink.kill()

    assert {answer.split(b"\r\n")[0] for answer in answers} <= {b"", b"HTTP/1.1 400 BAD REQUEST"}
    assert (whole, told) == (204, {"status": "ok", "rows stored": 1, "rows to quarantine": 0})
    assert "Traceback" not in sink.output()


def half_sent(url, rest):
    """Send the rest of a request, and then no more; return what is answered."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n" + rest)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("server", SERVERS)
def test_only_the_subscription_that_is_named_may_push(server, tmp_path):
    """Wrapped or not, a push of another subscription is refused, and so is what names none."""
    where, ours = f"duckdb:{tmp_path}/w", "projects/p/subscriptions/s"
    open_warehouse(where).apply()
    bare = json.dumps(entry()).encode()
    metadata = {"x-goog-pubsub-message-id": "17", "x-goog-pubsub-subscription-name": ours}
    asked = [
        (push(entry()), {}),
        (push(entry()).replace(b"subscriptions/s", b"subscriptions/t"), {}),
        (bare, metadata),
        (bare, {**metadata, "x-goog-pubsub-subscription-name": f"{ours}2"}),
        (bare, {"x-goog-pubsub-message-id": "17"}),
        (bare, {}),
    ]
    with running_sink(where, server, env={"SVCERRORS_PUSH_SUBSCRIPTION": ours}) as url:
        assert [post(url, *one)[0] for one in asked] == [204, 403, 204, 403, 403, 403]


def test_a_message_as_large_as_pubsub_allows_is_kept_whole(sink, folder):
    """Ten megabytes of data are taken, whatever they are."""
    junk = uuid.uuid4().bytes * 625_000

    assert post(sink, push(junk))[0] == 204
    kept = open_warehouse(f"duckdb:{folder}").query("SELECT SUM(LENGTH(raw)) FROM service_errors_rejected").rows
    assert kept[0][0] >= len(junk)


@pytest.mark.parametrize("server", SERVERS)
def test_a_store_that_fails_gives_5xx_and_then_takes_the_redelivery(server, tmp_path):
    """Not acknowledged while the store is away; stored when it is back, and so is what the sink says of itself."""
    where = f"duckdb:{tmp_path}/w"
    body = push(entry(service="late"))
    open_warehouse(where).apply()
    with running_sink(where, server) as url:
        shutil.move(tmp_path / "w", tmp_path / "away")
        away = [post(url, body)[0] for _ in range(3)]
        shutil.move(tmp_path / "away", tmp_path / "w")
        back = [post(url, body)[0] for _ in range(2)]

    assert (away, back) == ([503] * 3, [204] * 2)
    rows = open_warehouse(where).query("SELECT service_name, error_type, occurrences FROM service_errors_unique").rows
    assert sorted(rows) == [("late", "ValueError", 1), ("svcerrors-sink", "svcerrors._errors.WarehouseMissing", 3)]


REFUSED = [
    ({"K_SERVICE": "sink"}, "set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET"),
    ({"CLOUD_RUN_WORKER_POOL": "sink"}, "set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET"),
    ({"K_SERVICE": "sink", "SVCERRORS_WAREHOUSE": "duckdb:w"}, "set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET"),
    ({"SVCERRORS_WAREHOUSE": "duckdb:w", "THREADS": "8"}, "THREADS=8 is less than SVCERRORS_CONCURRENCY=80"),
    ({"SVCERRORS_CONCURRENCY": "many"}, "SVCERRORS_CONCURRENCY=many is no number from 1 to 1000"),
    ({"SVCERRORS_PUSH_AUDIENCE": "https://sink"}, "set both SVCERRORS_PUSH_AUDIENCE and SVCERRORS_PUSH_ACCOUNT"),
    ({"SVCERRORS_PUSH_ACCOUNT": "a@b"}, "set both SVCERRORS_PUSH_AUDIENCE and SVCERRORS_PUSH_ACCOUNT"),
]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("environ", "words"), REFUSED)
def test_it_refuses_to_boot_as_it_cannot_work(environ, words, server, tmp_path):
    """One line says what to set; the deployment fails, and nothing is acknowledged that would be lost."""
    if "THREADS" in environ and server == "uvicorn":
        environ = {**environ, "SVCERRORS_CONCURRENCY": "0"}
        words = "SVCERRORS_CONCURRENCY=0 is no number from 1 to 1000"
    done = subprocess.run(
        sink_command(server, free_port()),
        env={**CLEAN, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode != 0
    assert f"svcerrors sink: {words}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("server", SERVERS)
def test_as_many_requests_wait_at_once_as_the_deployment_says(server):
    """While the first writes are under way all the others are inside, and go into one write together."""
    unasked = 4 * os.cpu_count()  # threads that functions-framework gives unless it is told
    many = 2 * unasked + 32
    with faulty(delay=2) as bigquery:
        how = {"SVCERRORS_CONCURRENCY": str(many), "BIGQUERY_EMULATOR_HOST": bigquery.host}
        with running_sink("bigquery:p.d", server, env=how) as url, ThreadPoolExecutor(many) as pool:
            assert post(url, push(entry()))[0] == 204  # what is loaded at the first push is loaded now
            answers = list(pool.map(lambda _: post(url, push(entry()))[0], range(many)))

    assert answers == [204] * many
    assert max(bigquery.requests) > unasked


def test_it_says_at_boot_that_nobody_is_checked(tmp_path):
    """The log's first line tells how it runs."""
    where = f"duckdb:{tmp_path}/w"
    open_warehouse(where).apply()
    sink = start_sink(where, env={"SVCERRORS_CONCURRENCY": "33"})
    said = json.loads(sink.output().splitlines()[0])
    sink.kill()

    assert said["severity"] == "NOTICE"
    assert "33 at once; any subscription; token check OFF" in said["message"]
