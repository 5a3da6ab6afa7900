"""The store in BigQuery, through the official client, against the emulator."""

import os
import threading
from time import monotonic

import pytest
from google.cloud.bigquery import SchemaField, Table

from svcerrors import _schema
from svcerrors._errors import UsageError, WarehouseConflict, WarehouseMissing, WarehouseRefused, WarehouseUnavailable
from svcerrors.ops import read
from svcerrors.warehouse import Change, _googlesql, open_warehouse
from svcerrors.warehouse._bigquery_api import Api
from svcerrors.warehouse._insert_all import INSERT_SECONDS

VIEWS = [*_googlesql.views()]
EVERYTHING = [*_schema.tables(), *VIEWS]


def client_of(store):
    return store._api()._client


def test_apply_creates_everything_and_then_nothing_but_views(emulated):
    """A first apply creates dataset, tables and views; a second finds the tables as they are."""
    store = emulated()
    done = [(change.action, change.name) for change in store.apply()]
    assert done == [("create", store._name), *(("create", name) for name in EVERYTHING)]
    # The emulator does not tell the text of a view, so that each is replaced by itself.
    again = store.apply()
    assert {change.action for change in again} <= {"replace"}
    assert {change.name for change in again} <= set(VIEWS)


def test_tables_are_made_as_the_contract_says(bigquery_store, applied_dataset):
    """Columns, descriptions, partition and clusters arrive as they are in schema/."""
    expected = _schema.tables()["service_errors"]
    table = client_of(bigquery_store).get_table(f"test.{applied_dataset}.service_errors")
    assert bigquery_store._api().columns("service_errors") == expected.columns
    assert table.time_partitioning.field == expected.partition_by
    assert table.time_partitioning.expiration_ms == expected.partition_expiration_days * 86_400_000
    assert tuple(table.clustering_fields) == expected.cluster_by
    assert table.description == expected.description


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers(bigquery_store, view):
    """Each view can be read by its bare name."""
    assert bigquery_store.query(f"SELECT * FROM {view}").columns  # noqa: S608


def test_a_step_of_the_views_answers(bigquery_store):
    """What BigQuery has no view or function of can be asked for by its name all the same."""
    assert bigquery_store.query("SELECT service_name FROM incidents_since(1)").columns == ("service_name",)
    assert bigquery_store.query("SELECT rule FROM firing_runs AS firing").columns == ("rule",)


@pytest.mark.parametrize("name", list(_schema.queries()))
def test_every_question_answers(bigquery_store, name):
    """Each stored question can be asked, with the parameters that its file gives."""
    assert read.ask(bigquery_store, name, {}).columns


def test_a_table_of_a_team_is_left_alone(emulated):
    """A table of ours with other columns is told, and nothing at all is created or changed."""
    store = emulated()
    store._api().create_dataset()
    theirs = f"test.{store._name}.service_runs"
    client_of(store).create_table(Table(theirs, [SchemaField("run_id", "INTEGER")]))
    with pytest.raises(WarehouseConflict) as caught:
        store.apply()
    where = f"bigquery:test.{store._name}"
    fault = "service_runs is not ours: it has no column row_id; nothing was changed, give another dataset"
    assert str(caught.value) == f"{where}: {fault}"
    assert [table.table_id for table in client_of(store).list_tables(store._name)] == ["service_runs"]


def test_a_table_in_the_place_of_a_view_is_left_alone(emulated):
    """A view never replaces a table that a team calls the same."""
    store = emulated()
    store._api().create_dataset()
    client_of(store).create_table(Table(f"test.{store._name}.incidents", [SchemaField("id", "STRING")]))
    with pytest.raises(WarehouseConflict, match="incidents is a TABLE there, a VIEW of ours"):
        store.apply()


def test_missing_columns_are_added(emulated, monkeypatch):
    """A table of an older version gets the columns that it lacks, and keeps those that a team added.

    Of a table that no view reads: the emulator notes a new column in its catalogue alone.
    """
    monkeypatch.setattr("svcerrors.warehouse._googlesql.views", dict)  # the emulator takes seconds for all
    store = emulated()
    store._api().create_dataset()
    ours = _schema.tables()["service_errors_rejected"]
    old = [SchemaField(column.name, column.type, column.mode) for column in ours.columns if column.name != "attributes"]
    theirs = f"test.{store._name}.service_errors_rejected"
    client_of(store).create_table(Table(theirs, [*old, SchemaField("team", "STRING")]))
    upgrades = [change for change in store.apply() if change.action == "upgrade"]
    attributes = next(column for column in ours.columns if column.name == "attributes")
    sql = _googlesql.alter_table("service_errors_rejected", [attributes], [], f"test.{store._name}")
    assert upgrades == [Change("upgrade", "service_errors_rejected", sql)]
    names = [field.name for field in client_of(store).get_table(theirs).schema]
    assert names == [*(field.name for field in old), "team", "attributes"]


def test_statements_need_no_connection(monkeypatch):
    """What a first apply would run is told offline, dataset first."""
    monkeypatch.setattr("svcerrors.warehouse.bigquery._connect", list)
    statements = open_warehouse("bigquery:p.d").statements()
    assert [change.name for change in statements] == ["d", *EVERYTHING]
    assert statements[0].sql == "CREATE SCHEMA IF NOT EXISTS `p.d`"


def test_what_is_no_query_is_refused(bigquery_store):
    """A statement that changes something never reaches BigQuery, not behind a query either."""
    changing = ("DROP TABLE x", "SELECT 1; DROP TABLE x", "/* SELECT */ DELETE FROM x", "FROM x |> INSERT y", "")
    for sql in changing:
        with pytest.raises(WarehouseRefused, match="only queries"):
            bigquery_store.query(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT ';' AS x -- ; DROP", "WITH a AS (SELECT ';' AS x) SELECT * FROM a", "(SELECT ';' AS x);"]
)
def test_a_query_may_hold_a_semicolon_in_a_string(bigquery_store, sql):
    """Strings and comments do not make a query two statements."""
    assert bigquery_store.query(sql).rows == [(";",)]


def test_a_query_that_does_not_fit_is_refused_in_one_line(bigquery_store):
    """An unknown column is refused for ever, an unknown table is missing."""
    with pytest.raises(WarehouseRefused) as refused:
        bigquery_store.query("SELECT nope FROM incidents")
    with pytest.raises(WarehouseMissing, match="run `svcerrors apply`"):
        bigquery_store.query("SELECT 1 FROM nowhere")
    assert "nope" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_one_client_for_all_threads(emulated):
    """Threads that come at once share one client (python-bigquery-storage#696)."""
    store = emulated()
    found = []
    threads = [threading.Thread(target=lambda: found.append(store._api())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    assert isinstance(found[0], Api)


def test_a_forked_process_has_a_client_of_its_own(bigquery_store, error):
    """A client that was made before a fork is not used after it (python-bigquery, docs/index.rst)."""
    name = f"forked-{os.getpid()}"
    bigquery_store.insert("service_errors", [error(service_name=name)])
    child = os.fork()
    if child == 0:
        try:
            bigquery_store.insert("service_errors", [error(service_name=name)])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    counted = bigquery_store.query(
        "SELECT COUNT(*) AS n FROM service_errors WHERE service_name = @name", {"name": name}
    )
    assert counted.rows == [(2,)]


@pytest.mark.parametrize(
    "address", ["", "bigquery:", "bigquery:p", "bigquery:p.", "bigquery:p.d.t", "duckdb:", "sqlite:x"]
)
def test_an_address_that_is_none(address):
    """What is no address is the caller's mistake."""
    with pytest.raises(UsageError, match=r"give duckdb:FOLDER or bigquery:PROJECT\.DATASET"):
        open_warehouse(address)


def test_nobody_there_is_unavailable_soon(monkeypatch, error):
    """A closed port ends an insert within INSERT_SECONDS, and the rows may come again."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    started = monotonic()
    with pytest.raises(WarehouseUnavailable, match="ConnectionError"):
        open_warehouse("bigquery:test.obs").insert("service_errors", [error()])
    assert monotonic() - started < INSERT_SECONDS < 10
