"""svcerrors.sink.collapse: a storm is one row, and readers cannot tell."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.entries import TRACEBACK, entry
from svcerrors._errors import WarehouseRefused, WarehouseUnavailable
from svcerrors._schema import tables
from svcerrors.sink.collapse import EXAMPLES, collapse, store_collapsed
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.intake import Intake
from svcerrors.sink.intake import rows as rows_of
from svcerrors.sink.storing import store
from svcerrors.warehouse import open_warehouse

START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
SECONDS = 60.0
SAME = [column.name for column in tables()["service_errors"].columns if column.name not in EXAMPLES | {"inserted_at"}]


def row(number=0, text=TRACEBACK, *, second=0.0, **more):
    """Return the row of an entry that is always the same for the same number."""
    at = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    one = entry(text, at=at, insertId=f"n{number}", **more)
    [made] = rows_of(Delivery(b"raw %d" % number, one), "live")
    return made


def opened(folder):
    made = open_warehouse(f"duckdb:{folder}")
    made.apply()
    return made


@pytest.fixture
def warehouse(tmp_path):
    return opened(tmp_path / "w")


def read(store, *columns, view="service_errors_unique"):
    names = ", ".join(columns)
    return store.query(f"SELECT {names} FROM {view} ORDER BY 1, 2").rows  # noqa: S608


def test_a_storm_is_one_row_with_its_count(warehouse):
    """Its row has the sum of what its errors stand for; the others have rows of their own."""
    storm = [row(number, second=number / 100) for number in range(7)]
    given = [*storm[:3], row(7, "KeyError: 'x'"), *storm[3:]]

    assert store_collapsed(warehouse, given, Intake(warehouse).set_aside, SECONDS, 5) == [None] * 8
    found = warehouse.query("SELECT error_type, occurrences, error_timestamp FROM service_errors ORDER BY 1").rows
    assert found == [("KeyError", 1, START), ("ValueError", 7, START)]


def test_readers_see_each_error_of_a_storm_as_if_it_had_come_alone(tmp_path):
    """All columns are its own, but for the traceback, of which the fingerprint says that it is the same."""
    given = [
        row(n, f"{TRACEBACK} {n}", second=n, trace=f"projects/p/traces/{n:032x}", labels={"instanceId": "i"})
        for n in range(5)
    ]
    apart, together = opened(tmp_path / "apart"), opened(tmp_path / "together")
    store(apart, given, Intake(apart).set_aside)
    store_collapsed(together, given, Intake(together).set_aside, SECONDS, 1)

    assert together.query("SELECT occurrences FROM service_errors").rows == [(5,)]
    assert read(together, *SAME) == read(apart, *SAME)
    assert len(read(together, "trace", "error_message")) == 5


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ([row(n) for n in range(3)], 3),
        ([row(n) for n in range(4)], 1),
        ([row(n, service=f"s{n % 2}") for n in range(6)], 6),
        ([row(n, service=f"s{n % 2}") for n in range(8)], 2),
        ([row(n, second=58 + n) for n in range(4)], 4),
        ([row(n, labels={"instanceId": f"i{n % 4}"}) for n in range(12)], 12),
        ([row(n) for n in range(1_200)], 3),
    ],
    ids=["as many as may be", "one more", "two services", "two storms", "two minutes", "instances", "500 to a row"],
)
def test_what_is_one_row(given, count):
    """More than three errors of one fingerprint, service, instance and minute."""
    made = collapse(given, 3)

    assert len(made.rows) == count
    assert sum(one.columns["occurrences"] for one in made.rows) == len(given)
    assert all(made.rows[place].columns["fingerprint"] for place in made.places)


def test_the_same_errors_make_the_same_row_in_any_order():
    """BigQuery drops what a retry gives it again by its id."""
    given = [row(n, second=n) for n in range(4)]

    assert collapse(given, 1).rows[0].columns == collapse(given[::-1], 1).rows[0].columns


class Picky:
    """A real store that refuses some errors for ever, alone or in a storm, or is away for what is alone."""

    def __init__(self, store, *, away=False):
        self._store, self._away = store, away

    def insert(self, table, rows):
        if self._away and table == "service_errors" and not any(one.get("members") for one in rows):
            raise WarehouseUnavailable("away")
        told = [each.get("error_message", "") for one in rows for each in (one, *one.get("members", ()))]
        if any("bad" in words for words in told):
            raise WarehouseRefused("no such value")
        self._store.insert(table, rows)


def messages(number):
    return f"{TRACEBACK}{' bad' if number == 2 else ''}"


def test_one_bad_error_of_a_storm_goes_to_quarantine_alone(warehouse):
    """A storm that is refused is stored as the rows that it was made of."""
    given = [row(n, messages(n)) for n in range(5)]

    fates = store_collapsed(Picky(warehouse), given, Intake(warehouse).set_aside, SECONDS, 1)

    assert fates == [None] * 5
    assert read(warehouse, "insert_id", "occurrences") == [(f"n{n}", 1) for n in (0, 1, 3, 4)]
    assert warehouse.query("SELECT raw, reason FROM service_errors_rejected").rows == [(b"raw 2", "no such value")]


def test_a_storm_is_not_acknowledged_before_its_count_is_stored(warehouse):
    """Refused as one row, and then the warehouse is away: each of them comes again."""
    given = [row(n, messages(n)) for n in range(5)]

    fates = store_collapsed(Picky(warehouse, away=True), given, Intake(warehouse).set_aside, SECONDS, 1)

    assert [type(fate) for fate in fates] == [WarehouseUnavailable] * 5
    assert read(warehouse, "insert_id", "occurrences") == []


REQUEST = {"httpRequest": {"requestMethod": "POST", "status": 500, "latency": "0.5s", "requestUrl": "https://x/y"}}


def drawn(number, kind, call, half_seconds):
    """Return a row of one of the kinds of evidence that incidents are made of."""
    second = half_seconds / 2 + number / 1_000
    where = {"labels": {"instanceId": f"i{call % 2}"}} | ({"trace": f"projects/p/traces/{call:032x}"} if call else {})
    if kind == "request":
        return row(number, {}, second=second, log="requests", **where, **REQUEST)
    if kind == "record":
        record = {"schema_version": 1, "kind": "error", "error_id": f"id{number}", "error_type": "ValueError"}
        more = {"error_message": "no total", "occurrences": 1 + number % 3, "mechanism": "decorator"}
        return row(number, {"message": "no total", "svcerrors": {**record, **more}}, second=second, **where)
    return row(number, TRACEBACK if kind == "text" else f"KeyError: {number}", second=second, **where)


EVIDENCE = st.tuples(st.sampled_from(["text", "record", "request", "line"]), st.integers(0, 3), st.integers(0, 8))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVIDENCE, min_size=1, max_size=12), st.data())
@example([("text", 0, 0)] * 6, None)
def test_storms_and_redeliveries_change_no_view(tmp_path_factory, evidence, data):
    """However rows are written together, and however often: each view says what it says of each written once, alone."""
    given = [drawn(number, *one) for number, one in enumerate(evidence)]
    numbers = st.lists(st.integers(0, len(given) - 1), max_size=10)
    writes = data.draw(st.lists(numbers, max_size=5)) if data else [[0, 1, 2], [1, 2, 3, 4], [2], [0, 0]]
    once, again = (opened(tmp_path_factory.mktemp("w")) for _ in range(2))
    store(once, given, Intake(once).set_aside)
    for write in [range(len(given)), *writes]:
        store_collapsed(again, [given[number] for number in write], Intake(again).set_aside, SECONDS, 1)

    assert read(again, *SAME) == read(once, *SAME)
    told = ("incident_id", "service_name", "occurrences", "evidence_rows", "symptoms", "first_seen", "last_seen")
    assert read(again, *told, view="incidents") == read(once, *told, view="incidents")
