"""The two stores give equal answers for equal rows."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import yaml

from support.cases import DEFAULTS, LOADS, numbered
from svcerrors import _schema
from svcerrors._errors import WarehouseRefused
from svcerrors.ops import read
from svcerrors.warehouse import open_warehouse

CASES = sorted((Path(__file__).parents[1]).glob("[vq]*/*/*/input.yaml"))
CLOCK = datetime(2026, 1, 25, 12, tzinfo=UTC)
LOADED = CLOCK - timedelta(days=30)
VIEWS = [name for name, view in _schema.relations().items() if not isinstance(view, _schema.Routine)]


SERVICES = count()


@pytest.fixture(params=["duckdb_store", "bigquery_store"])
def store(request):
    """Return either store, applied."""
    return request.getfixturevalue(request.param)


def test_values_come_back_as_they_went_in(store, error):
    """Every type comes back as the same plain Python value; what was absent is None, or an empty list."""
    row = error(
        error_timestamp="2026-01-25T14:02:03.123456+02:00",
        error_message="zäh \U0001f600 \x00 \"quoted\" 'once' \\ \n",
        handled=True,
        occurrences=2**53,
        frames=[{"file": "main.py", "line": 7, "in_app": True}, {"file": "x.py"}],
        http_request={"status": 500, "latency_ms": 0.25},
        labels='{"game_date": "2026-01-25", "n": [1, null, 2.5]}',
    )
    store.insert("service_errors", [row])
    columns = "error_timestamp, error_message, handled, occurrences, frames, causes, http_request, labels, trace, event"
    sql = f"SELECT {columns} FROM service_errors WHERE error_id = @id"  # noqa: S608
    frame = {"module": None, "function": None, "file": "main.py", "line": 7, "code": None, "in_app": True}
    request = {"method": None, "url": None, "status": 500, "latency_ms": 0.25, "user_agent": None, "remote_ip": None}
    assert store.query(sql, {"id": row["error_id"]}).rows == [
        (
            datetime(2026, 1, 25, 12, 2, 3, 123456, tzinfo=UTC),
            row["error_message"],
            True,
            2**53,
            [frame, {**frame, "file": "x.py", "line": None, "in_app": None}],
            [],
            request,
            {"game_date": "2026-01-25", "n": [1, None, 2.5]},
            None,
            None,
        )
    ]


def test_each_error_of_a_storm_is_a_row_again(store, error):
    """With its own id, time, call and labels; one that is there a second time, alone or in another storm, is one."""
    now = datetime.now(UTC).replace(microsecond=0)

    def member(number):
        return {
            "error_id": f"{name}-{number}",
            "error_timestamp": (now + timedelta(seconds=number)).isoformat(),
            "error_message": f"no total {number}",
            "occurrences": 1 + number,
            "trace": f"trace {number}" if number else None,
            "http_request": {"status": 500 + number},
            "labels": f'{{"n": {number}}}',
        }

    def storm(*numbers):
        own = [{key: value for key, value in member(n).items() if value is not None} for n in numbers]
        first = {"error_timestamp": own[0]["error_timestamp"], "error_message": own[0]["error_message"]}
        count = sum(one["occurrences"] for one in own)
        return error(**first, error_id=f"storm:{name}{numbers}", service_name=name, occurrences=count, members=own)

    name = f"s{next(SERVICES)}"
    rows = [storm(0, 1, 2), storm(1, 2, 3), error(**member(3), service_name=name)]
    store.insert("service_errors", rows)

    columns = "error_id, error_timestamp, error_message, occurrences, trace, http_request.status, labels, error_type"
    query = f"SELECT {columns} FROM service_errors_unique WHERE service_name = @name ORDER BY 1"  # noqa: S608
    assert store.query(query, {"name": name}).rows == [
        (
            f"{name}-{number}",
            now + timedelta(seconds=number),
            f"no total {number}",
            1 + number,
            f"trace {number}" if number else None,
            500 + number,
            {"n": number},
            "KeyError",
        )
        for number in range(4)
    ]


def test_bytes_come_back(store):
    """Bytes go in as base64 text and come back as bytes."""
    rejected = {"rejected_at": "2026-01-25T00:00:00Z", "reason": "bytes", "raw": "AAH/"}
    store.insert("service_errors_rejected", [rejected])
    found = store.query("SELECT DISTINCT raw FROM service_errors_rejected WHERE reason = 'bytes'")
    assert (found.columns, found.rows) == (("raw",), [(b"\x00\x01\xff",)])


def test_parameters_have_the_types_of_python(store):
    """Text, numbers, truth, time and lists can be asked for by value."""
    given = {
        "s": "a'b",
        "i": 3,
        "f": 0.5,
        "b": True,
        "t": datetime(2026, 1, 25, tzinfo=UTC),
        "l": ["a", "b"],
        "n": None,
    }
    columns = ", ".join(f"@{name} AS {name}" for name in given)
    found = store.query(f"SELECT {columns}", given)
    assert (found.columns, found.rows) == (tuple(given), [tuple(given.values())])


def test_a_parameter_may_bound_an_interval_and_a_limit(store):
    """The stored questions ask so."""
    sql = "SELECT 1 AS x WHERE TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY) < CURRENT_TIMESTAMP() LIMIT @n"
    assert store.query(sql, {"days": 2, "n": 1}).rows == [(1,)]


def test_a_table_that_is_none_is_refused(store):
    """Rows for an unknown table are refused for ever."""
    with pytest.raises(WarehouseRefused, match="there is no table errors"):
        store.insert("errors", [{}])


def test_no_rows_are_nothing(store):
    """An empty call stores nothing and is no error."""
    assert store.insert("service_errors", []) is None


def every_case(now):
    """Return the rows of all cases by table, each case for services and groups of its own, its clock moved to now."""
    rows = {name: [] for name in _schema.tables()}
    numbers = count()
    for number, case in enumerate(CASES):
        for table, given in yaml.safe_load(case.read_text("utf-8")).items():
            for row in given:
                filled = {**_required(table, next(numbers)), **row}
                named = {name: filled[name] for name in ("service_name", "fingerprint") if filled.get(name, "*") != "*"}
                own = {name: f"{number}-{value}" for name, value in named.items()}
                rows[table].append({name: _moved(value, now) for name, value in filled.items()} | own)
    # One manifest, and one list of each kind of trigger, that hold what those of all cases hold.
    rows["expected_runs"] = [{**row, "load_id": "1", "loaded_at": _moved(LOADED, now)} for row in rows["expected_runs"]]
    rows["triggers_seen"] = [
        {**row, "load_id": row["kind"], "seen_at": _moved(LOADED, now)} for row in rows["triggers_seen"]
    ]
    for table in LOADS:
        bare = [{name: row[name] for name in row if name not in {"load_rows", "load_row"}} for row in rows[table]]
        rows[table] = numbered(table, bare)
    return rows


def _required(table, number):
    """Return a value for each required column that a case need not name."""
    plain = {"STRING": str(number), "INT64": 1, "BOOL": True, "TIMESTAMP": "2026-01-25T00:00:00Z", "BYTES": "AA=="}
    required = [column for column in _schema.tables()[table].columns if column.mode == "REQUIRED"]
    made = {column.name: plain[column.type] for column in required if not column.name.startswith("load_r")}
    return made | DEFAULTS.get(table, {})


def _moved(value, now):
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return (value - CLOCK + now).isoformat() if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def both(tmp_path_factory, emulator):
    """Return both stores, each with the rows of all view cases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
        stores = [open_warehouse(f"duckdb:{tmp_path_factory.mktemp('both')}"), open_warehouse("bigquery:test.both")]
        rows = every_case(datetime.now(UTC) - timedelta(seconds=1))
        for store in stores:
            store.apply()
            for table, given in rows.items():
                store.insert(table, given)
        yield stores


def answers(both, ask):
    """Return the answers of both stores; asked again if they differ: a row may leave a window between the two."""
    ours, theirs = map(ask, both)
    return (ours, theirs) if ours == theirs else tuple(map(ask, both))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_gives_the_same(both, view):
    """The rows of all view cases together give the same rows in both stores."""

    def ask(store):
        found = store.query(f"SELECT * FROM {view}")  # noqa: S608
        return found.columns, sorted(found.rows, key=str)

    ours, theirs = answers(both, ask)
    assert ours[1]
    assert ours == theirs


@pytest.mark.parametrize("name", _schema.queries())
def test_every_question_has_the_same_answer(both, name):
    """Asked with its defaults of the rows of all cases together, a question has the same answer in both stores."""
    ours, theirs = answers(both, lambda store: read.ask(store, name, {}))
    assert ours.rows
    assert ours == theirs
