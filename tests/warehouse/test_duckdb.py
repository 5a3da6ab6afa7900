"""The store on this machine: what `apply` notes, what an insert leaves, what a query may."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from svcerrors import _schema
from svcerrors._errors import WarehouseConflict, WarehouseMissing, WarehouseRefused, WarehouseUnavailable
from svcerrors.ops import read
from svcerrors.warehouse import open_warehouse

EVERYTHING = [*_schema.tables(), *_schema.relations()]
VIEWS = [name for name, view in _schema.relations().items() if not isinstance(view, _schema.Routine)]
SPEAKING = {"alert_rules", "alert_settings", "sink_health"}
"""Views that have something to say of a store without a row: the rules themselves, and that nothing came."""


def parquet(store):
    return sorted(path.relative_to(store._root).parts[:2] for path in store._root.rglob("*.parquet"))


def change_mark(store, change):
    """Let the folder be one that another version applied."""
    path = store._root / "applied.json"
    mark = json.loads(path.read_text())
    change(mark)
    path.write_text(json.dumps(mark))


def test_apply_is_done_once(tmp_path):
    """A first apply creates everything, in an order in which it could be run; a second does nothing."""
    store = open_warehouse(f"duckdb:{tmp_path / 'a' / 'b'}")
    planned = store.plan()
    assert not (tmp_path / "a").exists()
    assert store.apply() == planned == store.statements()
    assert [(change.action, change.name) for change in planned] == [("create", name) for name in EVERYTHING]
    assert (store.plan(), store.apply()) == ([], [])


def test_statements_make_the_same_in_duckdb(duckdb_store):
    """What `apply --dry-run --sql` prints runs in an empty database, and its views answer."""
    connection = duckdb.connect()
    for change in duckdb_store.statements():
        connection.execute(change.sql)
    assert {view for view in VIEWS if connection.execute(f"SELECT * FROM {view}").fetchall()} == SPEAKING  # noqa: S608


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers_without_a_row(duckdb_store, view):
    """A store into which nothing was written yet is no error."""
    assert bool(duckdb_store.query(f"SELECT * FROM {view}").rows) == (view in SPEAKING)  # noqa: S608


@pytest.mark.parametrize("name", list(_schema.queries()))
def test_every_question_answers(duckdb_store, name):
    """Each stored question can be asked, with the parameters that its file gives."""
    assert read.ask(duckdb_store, name, {}).columns


def test_a_folder_that_was_never_applied_is_missing(tmp_path, error):
    """Reading and writing say what to do first, and create nothing."""
    store = open_warehouse(f"duckdb:{tmp_path / 'none'}")
    for use in (lambda: store.query("SELECT 1"), lambda: store.insert("service_errors", [error()])):
        with pytest.raises(WarehouseMissing) as caught:
            use()
        assert str(caught.value) == (
            f"no warehouse at duckdb:{tmp_path / 'none'}: run `svcerrors apply` first, or `svcerrors ingest`, "
            "or give --warehouse"
        )
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_is_unavailable(tmp_path):
    """A file in the folder's place is said in one line."""
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseUnavailable, match="is there space, and the right to write") as caught:
        open_warehouse(f"duckdb:{tmp_path / 'file' / 'store'}").apply()
    assert "\n" not in str(caught.value)


def test_columns_of_a_newer_version_are_added(duckdb_store, error):
    """A folder of an older version is upgraded; what its files lack is NULL."""

    def lose_column(mark):
        mark["tables"]["service_errors"] = [c for c in mark["tables"]["service_errors"] if c["name"] != "source"]

    change_mark(duckdb_store, lose_column)
    target = duckdb_store._root / "service_errors" / "2026-01-25" / "old.parquet"
    target.parent.mkdir(parents=True)
    duckdb.sql(f"COPY (SELECT 'old' AS error_id, [{{'line': 7}}] AS frames) TO '{target}'")
    done = duckdb_store.apply()
    assert [(change.action, change.sql) for change in done] == [
        ("upgrade", 'ALTER TABLE service_errors ADD COLUMN "source" VARCHAR')
    ]
    duckdb_store.insert("service_errors", [error(error_id="new", source="live")])
    sql = "SELECT error_id, source, ARRAY_LENGTH(frames) AS frames FROM service_errors ORDER BY error_id"
    assert duckdb_store.query(sql).rows == [("new", "live", None), ("old", None, 1)]
    assert duckdb_store.plan() == []


def test_columns_of_a_newer_version_are_left_out(duckdb_store):
    """What a newer version wrote is read as far as it is known: its columns are not ours to show."""
    target = duckdb_store._root / "service_errors" / "2026-01-25" / "newer.parquet"
    target.parent.mkdir(parents=True)
    row = "'new' AS error_id, now() AS error_timestamp, 7 AS invented, [{'line': 7, 'invented': 8}] AS frames"
    duckdb.sql(f"COPY (SELECT {row}) TO '{target}'")
    found = duckdb_store.query("SELECT * FROM service_errors")
    assert found.columns == tuple(column.name for column in _schema.tables()["service_errors"].columns)
    fields = _schema.tables()["service_errors"].columns[found.columns.index("frames")].fields
    ((frames,),) = duckdb_store.query("SELECT frames FROM service_errors_unique").rows
    assert frames == [{field.name: 7 if field.name == "line" else None for field in fields}]


def test_a_record_gets_new_fields(duckdb_store):
    """A field that a record lacks is added to it."""

    def lose_field(mark):
        next(column for column in mark["tables"]["service_errors"] if column["name"] == "causes")["fields"].pop()

    change_mark(duckdb_store, lose_field)
    kind = 'STRUCT("error_type" VARCHAR, "error_message" VARCHAR, "relation" VARCHAR)[]'
    assert [change.sql for change in duckdb_store.apply()] == [f'ALTER TABLE service_errors ALTER "causes" TYPE {kind}']
    assert duckdb_store.plan() == []


def test_columns_of_others_are_kept(duckdb_store):
    """A nullable column that this version does not know is no conflict, and is not forgotten."""
    team = {"name": "team", "type": "STRING", "mode": "NULLABLE", "description": ""}
    change_mark(duckdb_store, lambda mark: mark["tables"]["service_runs"].append(team))
    change_mark(duckdb_store, lambda mark: mark["relations"].clear())
    assert {change.action for change in duckdb_store.apply()} == {"create"}
    assert "team" in [column.name for column in duckdb_store._applied().tables["service_runs"]]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"type": "INT64"}, "its run_id is REQUIRED INT64, ours REQUIRED STRING"),
        ({"mode": "NULLABLE"}, "its run_id is NULLABLE STRING, ours REQUIRED STRING"),
        ({"name": "id"}, "it has no column run_id"),
    ],
)
def test_a_table_with_other_columns_is_left_alone(duckdb_store, change, fault):
    """A column of another type says which, and nothing is changed."""

    def differ(mark):
        next(column for column in mark["tables"]["service_runs"] if column["name"] == "run_id").update(change)
        mark["tables"].pop("service_errors")

    change_mark(duckdb_store, differ)
    before = (duckdb_store._root / "applied.json").read_text()
    with pytest.raises(WarehouseConflict) as caught:
        duckdb_store.apply()
    place = f"{duckdb_store._address}: service_runs is not ours"
    assert str(caught.value) == f"{place}: {fault}; nothing was changed, give another place"
    assert (duckdb_store._root / "applied.json").read_text() == before


def test_a_mark_of_somebody_else_is_left_alone(duckdb_store):
    """A folder with another applied.json in it is not ours to write."""
    (duckdb_store._root / "applied.json").write_text("[]")
    with pytest.raises(WarehouseConflict, match=r"applied\.json is not ours"):
        duckdb_store.apply()


def test_rows_lie_by_the_utc_day_of_their_time(duckdb_store, error):
    """Rows of several days become a file each, in the folder of the UTC day."""
    times = ["2026-01-25T23:30:00Z", "2026-01-25T23:30:00-05:00", "2026-01-26T00:00:00Z"]
    duckdb_store.insert("service_errors", [error(error_timestamp=time) for time in times])
    assert parquet(duckdb_store) == [("service_errors", "2026-01-25"), ("service_errors", "2026-01-26")]


def test_a_failed_insert_leaves_nothing(duckdb_store, error):
    """When the rows of one day cannot be written, those of the other are not there either."""
    table = duckdb_store._root / "service_errors"
    table.mkdir()
    (table / "2026-01-26").touch()
    days = [error(error_timestamp=f"2026-01-{day}T12:00:00Z") for day in (25, 26)]
    with pytest.raises(WarehouseUnavailable):
        duckdb_store.insert("service_errors", days)
    (table / "2026-01-26").unlink()
    assert duckdb_store.query("SELECT * FROM service_errors").rows == []
    assert [path.name for path in table.rglob("*") if path.is_file()] == []


FULL_DISK = """
import resource, signal, sys
from svcerrors.warehouse import open_warehouse
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
row = {"error_timestamp": "2026-01-25T14:02:03Z", "occurrences": 1} | dict.fromkeys(
    "error_id service_name error_type error_message error_category severity fingerprint".split(), "x")
try:
    open_warehouse(sys.argv[1]).insert("service_errors", [row])
except Exception as exc:
    print(type(exc).__name__)
"""


def test_a_full_disk_is_unavailable(duckdb_store):
    """A file that cannot be written to its end is an error for now, and no row of it is read."""
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, duckdb_store._address], capture_output=True, check=True)
    assert ran.stdout == b"WarehouseUnavailable\n"
    assert duckdb_store.query("SELECT * FROM service_errors").rows == []


def test_many_threads_write_at_once(duckdb_store, error):
    """Rows of threads that write at the same time are all there, once."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: duckdb_store.insert("service_errors", [error(error_id=str(n))]), range(100)))
    counted = duckdb_store.query("SELECT COUNT(*) AS n, COUNT(DISTINCT error_id) AS d FROM service_errors")
    assert counted.rows == [(100, 100)]


def test_a_forked_process_writes_too(duckdb_store, error):
    """A process that was forked after an insert has a writer of its own."""
    duckdb_store.insert("service_errors", [error()])
    child = os.fork()
    if child == 0:
        try:
            duckdb_store.insert("service_errors", [error()])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert duckdb_store.query("SELECT COUNT(*) AS n FROM service_errors").rows == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE service_errors",
        "SELECT 1; SELECT 2",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO service_errors (error_id) VALUES ('x')",
        "EXPORT DATA OPTIONS (uri = 'x') AS SELECT 1",
        "COPY service_errors TO 'x'",
        "CALL x()",
        "PRAGMA database_list",
        "",
    ],
)
def test_only_queries_are_run(duckdb_store, sql):
    """What is not one SELECT is refused."""
    with pytest.raises(WarehouseRefused, match="only queries: give one SELECT"):
        duckdb_store.query(sql)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM incidents", 'Binder Error: Referenced column "nope" not found'),
        ("SELECT 1 FROM nowhere", "Catalog Error: Table with name nowhere does not exist"),
        ("SELECT (", "the query cannot be read"),
        ("SELECT @days AS x", "Invalid Input Error: Values were not provided"),
        ("SELECT ARRAY_AGG(x LIMIT 1) FROM UNNEST([1]) AS x", "the query cannot be read: LIMIT inside ARRAY_AGG"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_in_one_line(duckdb_store, sql, message):
    """What DuckDB or the translation says is one line of ours."""
    with pytest.raises(WarehouseRefused) as caught:
        duckdb_store.query(sql)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_query_reads_nothing_but_the_store(duckdb_store, tmp_path):
    """Files outside of the folder stay closed to a query."""
    (tmp_path / "secret").write_text("x")
    with pytest.raises(WarehouseRefused, match="Permission Error"):
        duckdb_store.query(f"SELECT * FROM read_text('{tmp_path / 'secret'}')")  # noqa: S608


def test_columns_without_a_name_are_called_as_bigquery_does(duckdb_store):
    """f0_, f1_ … in the order of the columns that have none."""
    found = duckdb_store.query("SELECT COUNT(*), 1 AS x, MAX(trace) FROM service_errors")
    assert found.columns == ("f0_", "x", "f1_")


def test_parameters_that_a_query_does_not_name_are_ignored(duckdb_store):
    """As BigQuery does."""
    assert duckdb_store.query("SELECT @a AS a", {"a": 1, "b": 2}).rows == [(1,)]


def test_a_relative_folder_is_that_of_the_first_moment(tmp_path, monkeypatch):
    """A store stays where it was opened when the process goes elsewhere."""
    monkeypatch.chdir(tmp_path)
    store = open_warehouse("duckdb:.svcerrors")
    monkeypatch.chdir("/")
    store.apply()
    assert Path(tmp_path / ".svcerrors" / "applied.json").is_file()


def test_nothing_but_rows_is_written_out(duckdb_store):
    """DuckDB would draw how far a query is into our own standard output, between the lines of JSON."""
    assert duckdb_store.query("SELECT current_setting('enable_progress_bar') AS drawn").rows == [(False,)]
