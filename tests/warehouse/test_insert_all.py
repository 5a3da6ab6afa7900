"""Rows by insertAll: what is sent, when it is sent again, and what becomes of a field that BigQuery does not know."""

import json
import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from google.auth.exceptions import TransportError

from support.faulty_bigquery import Handler, faulty
from svcerrors._errors import WarehouseRefused, WarehouseUnavailable
from svcerrors.warehouse import _google_http, _insert_all, _patience, open_warehouse

OK = 200, {"kind": "bigquery#tableDataInsertAllResponse"}


def told(status, reason):
    """Return an answer as BigQuery gives errors."""
    return status, {"error": {"code": status, "message": reason, "errors": [{"reason": reason, "message": reason}]}}


def unknown(*paths, rows=1):
    """Return an answer of a machine that does not know fields of the first row yet."""
    errors = [{"reason": "invalid", "location": path, "message": f"no such field: {path}."} for path in paths]
    stopped = [{"index": index, "errors": [{"reason": "stopped", "message": ""}]} for index in range(1, rows)]
    return 200, {"insertErrors": [{"index": 0, "errors": errors}, *stopped]}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(_patience, "_PAUSE", 0.01)


@pytest.mark.parametrize(
    "answer",
    [
        told(429, "rateLimitExceeded"),
        told(429, "tooManyRequests"),
        told(403, "rateLimitExceeded"),
        told(500, "internalError"),
        told(502, "badGateway"),
        told(503, "backendError"),
        told(504, "gatewayTimeout"),
        (200, ["no object"]),
        (503, "no object"),
    ],
    ids=lambda answer: f"{answer[0]} {json.dumps(answer[1])[-20:]}",
)
def test_what_may_pass_within_seconds_is_tried_again(answering, error, answer):
    """The same bytes go out again, so that BigQuery knows the row's id."""
    sent, answers = [], iter([answer, answer, OK])
    with answering(lambda *request: sent.append(request) or next(answers)) as store:
        store.insert("service_errors", [error()])
    assert sent == [sent[0]] * 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (told(403, "quotaExceeded"), WarehouseUnavailable),
        (told(403, "accessDenied"), WarehouseUnavailable),
        (told(404, "notFound"), WarehouseUnavailable),
        (told(401, "authError"), WarehouseUnavailable),
        (told(400, "invalid"), WarehouseRefused),
        (told(413, "uploadTooLarge"), WarehouseRefused),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else value.__name__,
)
def test_what_does_not_pass_within_seconds_is_asked_once(answering, error, answer, kind):
    """Whoever gave the rows decides what to do; no time is spent here."""
    sent = []
    with answering(lambda *request: sent.append(request) or answer) as store, pytest.raises(kind):
        store.insert("service_errors", [error()])
    assert len(sent) == 1


def test_it_gives_up_before_the_time_is_over(answering, error, monkeypatch):
    """What fails at once is tried for RETRY_SECONDS, no longer."""
    monkeypatch.setattr(_patience, "RETRY_SECONDS", 0.3)
    sent, began = [], monotonic()
    with (
        answering(lambda *_: sent.append(0) or told(503, "backendError")) as store,
        pytest.raises(WarehouseUnavailable, match="backendError"),
    ):
        store.insert("service_errors", [error()])
    assert monotonic() - began < 3
    assert len(sent) > 2


def test_a_new_column_goes_into_labels_while_it_spreads(answering, error):
    """At once, for every row of the request, and beside the labels that are there."""
    sent, answers = [], iter([unknown("release", rows=2), OK])
    rows = [error(release="7", labels='{"game_date": "2026-01-25"}'), error(release="8")]
    with answering(lambda *request: sent.append(request[2]["rows"]) or next(answers)) as store:
        store.insert("service_errors", rows)
    again = [row["json"] for row in sent[1]]
    assert [json.loads(row["labels"]) for row in again] == [
        {"game_date": "2026-01-25", "release": "7"},
        {"release": "8"},
    ]
    assert ["release" in row for row in again] == [False, False]


def test_new_fields_of_records_go_into_labels(answering, error):
    """Of a record by its path, of a repeated one the field of every item; what is known stays where it is."""
    sent, answers = [], iter([unknown("http_request.remote_ip"), unknown("frames[0].in_app"), OK])
    frames = [{"function": "f", "line": 1, "in_app": True}, {"function": "g", "line": 2}]
    row = error(http_request={"method": "GET", "remote_ip": "1.2.3.4"}, frames=frames)
    with answering(lambda *request: sent.append(request[2]["rows"][0]["json"]) or next(answers)) as store:
        store.insert("service_errors", [row])
    assert sent[2]["http_request"] == {"method": "GET"}
    assert sent[2]["frames"] == [{"function": "f", "line": 1}, {"function": "g", "line": 2}]
    assert json.loads(sent[2]["labels"]) == {"http_request.remote_ip": "1.2.3.4", "frames.in_app": [True, None]}


@pytest.mark.parametrize("path", ["error_id", "labels", "no_field_of_ours"])
def test_what_cannot_go_into_labels_comes_again(answering, error, path):
    """A required column, the labels themselves, a field that no row has: nothing is stored, nothing is lost."""
    sent = []
    with (
        answering(lambda *request: sent.append(request) or unknown(path)) as store,
        pytest.raises(WarehouseUnavailable, match="no such field"),
    ):
        store.insert("service_errors", [error(labels="{}")])
    assert len(sent) == 1


def test_a_table_without_labels_waits_for_its_column(answering):
    """What was rejected has no labels: its row comes again."""
    row = {"rejected_at": "2026-01-25T00:00:00Z", "reason": "r", "raw": "", "source": "live"}
    with answering(lambda *_: unknown("source")) as store, pytest.raises(WarehouseUnavailable):
        store.insert("service_errors_rejected", [row])


def test_it_says_which_rows_are_to_blame(answering, error, monkeypatch):
    """Each bad row by its place among all that were given, also where they are several requests."""
    monkeypatch.setattr(_insert_all, "MAX_ROWS", 2)
    bad = {"reason": "invalid", "location": "x", "message": "bad"}
    answers = iter([OK, (200, {"insertErrors": [{"index": 1, "errors": [bad]}]})])
    with answering(lambda *_: next(answers)) as store, pytest.raises(WarehouseRefused) as caught:
        store.insert("service_errors", [error() for _ in range(4)])
    assert caught.value.rows == {3: "x: bad"}


def test_a_row_that_is_too_large_is_not_sent(answering, error):
    """It is refused by name, before BigQuery drops the connection over it."""
    sent = []
    with (
        answering(lambda *request: sent.append(request) or OK) as store,
        pytest.raises(WarehouseRefused, match="more than the 9900000") as caught,
    ):
        store.insert("service_errors", [error(), error(stack_trace="x" * 10_000_000)])
    assert (list(caught.value.rows), sent) == ([1], [])


def test_a_request_is_as_large_as_it_was_measured(answering, error):
    """What is counted is what is sent: text outside ASCII is three times as long as it looks."""
    sizes = []
    rows = [error(stack_trace="é" * 200_000) for _ in range(20)]
    with answering(lambda *request: sizes.append(len(json.dumps(request[2]))) or OK) as store:
        store.insert("service_errors", rows)
    assert len(sizes) > 1
    assert max(sizes) < 8_100_000


def test_each_thread_has_a_connection_and_keeps_it(error, monkeypatch):
    """As many connections as threads, however often they write; none is thrown away and made again."""
    threads, opened = 20, []
    setup = Handler.setup
    monkeypatch.setattr(Handler, "setup", lambda handler: opened.append(handler) or setup(handler))
    with faulty(delay=0.2) as server:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", server.host)
        store = open_warehouse("bigquery:p.d")
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(3):
                list(pool.map(lambda _: store.insert("service_errors", [error()]), range(threads)))
    assert len(opened) == threads


def test_a_forked_process_makes_a_client_of_its_own(answering, error):
    """A connection that two processes share mixes up their answers."""
    fork = multiprocessing.get_context("fork")
    with answering(lambda *_: OK) as store:
        store.insert("service_errors", [error()])
        ours, theirs = fork.Pipe()
        child = fork.Process(
            target=lambda: theirs.send((len(store._writer._made), store.insert("service_errors", [error()])))
        )
        child.start()
        made_before, stored = ours.recv() if ours.poll(30) else ("nothing", "heard")
        child.join()
    assert (made_before, stored, len(store._writer._made)) == (0, None, 1)


class Account:
    """Credentials of a test: count what they are asked."""

    def __init__(self, request_token=None):
        self.refreshed = 0
        self._request_token = request_token

    def before_request(self, request, _method, _url, headers):
        if self._request_token:
            self._request_token(request)
        headers["authorization"] = f"Bearer {self.refreshed}"

    def refresh(self, _request):
        self.refreshed += 1


def test_a_token_that_is_refused_is_renewed_once(answering, error, monkeypatch):
    """A token may be revoked before its time; a second refusal is one."""
    account, answers = Account(), iter([told(401, "authError"), OK])
    monkeypatch.setattr(_google_http, "_credentials", lambda *_: account)
    with answering(lambda *_: next(answers)) as store:
        monkeypatch.setattr(_insert_all, "GOOGLE", os.environ["BIGQUERY_EMULATOR_HOST"])
        monkeypatch.delenv("BIGQUERY_EMULATOR_HOST")
        store.insert("service_errors", [error()])
    assert account.refreshed == 1


def test_a_token_that_does_not_come_ends_the_insert(error, monkeypatch):
    """Google's library asks for two minutes; the rows' sender does not wait so long."""
    monkeypatch.setattr(_google_http, "TOKEN_SECONDS", 0.2)
    monkeypatch.setattr(_google_http, "_credentials", lambda *_: Account(ask_for_ever))
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(_patience, "RETRY_SECONDS", 0.0)
    began = monotonic()
    with pytest.raises(WarehouseUnavailable, match="no token within"):
        open_warehouse("bigquery:p.d").insert("service_errors", [error()])
    assert monotonic() - began < 5


def ask_for_ever(request):
    """As google.auth.compute_engine does when its server is away."""
    while True:
        try:
            request("http://127.0.0.1:9/token", method="GET", headers={})
        except TransportError:
            threading.Event().wait(0.01)
