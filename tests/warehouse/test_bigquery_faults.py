"""What the BigQuery store makes of answers that the emulator never gives, told by a small real server."""

import socket
from time import monotonic

import pytest

from svcerrors import _schema
from svcerrors._errors import WarehouseMissing, WarehouseRefused, WarehouseUnavailable
from svcerrors.warehouse import _googlesql, open_warehouse
from svcerrors.warehouse._insert_all import INSERT_SECONDS, MAX_ROWS
from svcerrors.warehouse._written_out import view_written_out

GRANT = "give this account roles/bigquery.dataEditor on the dataset, roles/bigquery.jobUser on the project"


def told(status, reason, message):
    """Return an answer as BigQuery gives errors."""
    return status, {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


def test_a_server_that_hangs_is_given_up(monkeypatch, error):
    """A server that takes the request and never answers ends the insert before a push's ack deadline of 10 s."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = monotonic()
        with pytest.raises(WarehouseUnavailable, match="ReadTimeout"):
            open_warehouse("bigquery:test.obs").insert("service_errors", [error()])
    assert monotonic() - started < INSERT_SECONDS < 10


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            told(404, "notFound", "Not found: Table obs.service_errors"),
            WarehouseUnavailable,
            "Not found: Table obs.service_errors; run `svcerrors apply`, then wait a minute for BigQuery to know it",
        ),
        (
            told(403, "accessDenied", "Access Denied: Permission bigquery.tables.updateData denied"),
            WarehouseUnavailable,
            f"Access Denied: Permission bigquery.tables.updateData denied; {GRANT}",
        ),
        (
            told(403, "quotaExceeded", "Quota exceeded: rows per second"),
            WarehouseUnavailable,
            "Quota exceeded: rows per second; it passes, or raise the quota",
        ),
        (
            told(400, "invalid", "Request payload size exceeds the limit"),
            WarehouseRefused,
            "Request payload size exceeds the limit",
        ),
        (told(413, "uploadTooLarge", "Request Entity Too Large"), WarehouseRefused, "Request Entity Too Large"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_an_insert_that_bigquery_refuses(answering, error, answer, kind, message):
    """Each status is either for ever or for now, and says in one line what to do."""
    with answering(lambda *_: answer) as store, pytest.raises(kind) as caught:
        store.insert("service_errors", [error()])
    assert (type(caught.value), str(caught.value)) == (kind, f"bigquery:test.obs: {message}")


@pytest.mark.parametrize("broken", [None, told(503, "backendError", "try again")], ids=["reset", "503"])
def test_what_passes_at_once_is_tried_again(answering, error, broken):
    """A broken connection or a 503 is no failure when the next try succeeds."""
    answers = iter([broken, (200, {})])
    with answering(lambda *_: next(answers)) as store:
        store.insert("service_errors", [error()])
    assert list(answers) == []


def faults(*reasons_and_messages):
    errors = [{"reason": reason, "location": place, "message": said} for reason, place, said in reasons_and_messages]
    return 200, {"insertErrors": [{"index": number, "errors": [one]} for number, one in enumerate(errors)]}


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            faults(("stopped", "", ""), ("invalid", "labels", "JSON too deep")),
            WarehouseRefused,
            "service_errors, row 2: labels: JSON too deep",
        ),
        (
            faults(("stopped", "", ""), ("timeout", "", "too slow")),
            WarehouseUnavailable,
            "bigquery:test.obs: service_errors took no rows now: timeout: too slow",
        ),
        (
            faults(("invalid", "labels", "no such field: labels.")),
            WarehouseUnavailable,
            "bigquery:test.obs: service_errors took no rows now: invalid: no such field: labels.",
        ),
        (
            faults(("stopped", "", "")),
            WarehouseUnavailable,
            "bigquery:test.obs: service_errors took no rows now: stopped",
        ),
    ],
    ids=["invalid", "timeout", "new column", "stopped"],
)
def test_rows_that_bigquery_did_not_take(answering, error, answer, kind, message):
    """A 200 that lists rows is a failure: for ever only where a row itself is wrong."""
    with answering(lambda *_: answer) as store, pytest.raises(kind) as caught:
        store.insert("service_errors", [error(), error()])
    assert (type(caught.value), str(caught.value)) == (kind, message)


def test_rows_carry_their_ids(answering, error):
    """BigQuery is told the same id at every retry; what was rejected has none."""
    sent = []
    with answering(lambda *request: sent.append(request) or (200, {})) as store:
        store.insert("service_errors", [error(error_id="e1", trace=None)])
        store.insert("service_errors_rejected", [{"rejected_at": "2026-01-25T00:00:00Z", "reason": "r", "raw": ""}])
    (_, path, first), (*_, second) = sent
    assert path == "/bigquery/v2/projects/test/datasets/obs/tables/service_errors/insertAll"
    assert [(row.get("insertId"), "trace" in row["json"]) for row in first["rows"]] == [("e1", False)]
    assert [row.get("insertId") for row in second["rows"]] == [None]


def test_many_rows_are_several_requests(answering, error):
    """No request holds more than MAX_ROWS rows or about 8 MB, whatever is given at once."""
    sent = []
    small, large = [error() for _ in range(MAX_ROWS + 1)], [error(stack_trace="x" * 3_000_000) for _ in range(4)]
    with answering(lambda *request: sent.append(len(request[2]["rows"])) or (200, {})) as store:
        store.insert("service_errors", small)
        store.insert("service_errors", large)
    assert sent == [MAX_ROWS, 1, 2, 2]


def test_a_missing_table_is_missing_for_a_query(answering):
    """Reading what was never applied says what to do."""
    answer = told(404, "notFound", "Not found: Dataset test:obs")
    with answering(lambda *_: answer) as store, pytest.raises(WarehouseMissing, match="run `svcerrors apply`"):
        store.query("SELECT 1 FROM incidents")


def test_what_is_as_it_should_be_is_left(answering):
    """Where BigQuery tells the text of views, a second apply does nothing."""
    views = _googlesql.views()

    def answer(_, path, __):
        name = path.rpartition("/")[2]
        if name in _schema.tables():
            table = _schema.tables()[name]
            fields = [api_form(column) for column in table.columns]
            return 200, {"type": "TABLE", "schema": {"fields": fields}, **reference(name)}
        if name in views:
            body = view_written_out(views[name], "test.obs")
            return 200, {"type": "VIEW", "view": {"query": body}, **reference(name)}
        return 200, {"datasetReference": {"projectId": "test", "datasetId": "obs"}}

    with answering(answer) as store:
        assert store.plan() == []


def reference(name):
    where = {"projectId": "test", "datasetId": "obs"}
    return {"tableReference": {**where, "tableId": name}, "routineReference": {**where, "routineId": name}}


def api_form(column):
    old = {"BOOL": "BOOLEAN", "FLOAT64": "FLOAT", "INT64": "INTEGER"}.get(column.type, column.type)
    fields = {"fields": [api_form(field) for field in column.fields]} if column.fields else {}
    return {"name": column.name, "type": old, "mode": column.mode, "description": column.description, **fields}
