"""svcerrors.sink.intake: a delivery is rows, or stands in quarantine; nothing is in between."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from support.entries import entry, push
from svcerrors._errors import WarehouseRefused, WarehouseUnavailable
from svcerrors.sink import Intake
from svcerrors.sink.delivery import read
from svcerrors.sink.intake import PART_KEY
from svcerrors.sink.push import unwrap
from svcerrors.warehouse import open_warehouse


@pytest.fixture
def warehouse(tmp_path):
    store = open_warehouse(f"duckdb:{tmp_path}/w")
    store.apply()
    return store


def test_a_traceback_becomes_a_row_with_its_times(warehouse):
    """One entry, one row, stamped by the sink."""
    stored = Intake(warehouse).store(unwrap(push(entry())).deliveries)

    rows = warehouse.query(
        "SELECT error_type, error_message, service_name, source, inserted_at >= error_timestamp FROM service_errors"
    ).rows
    assert stored == {"service_errors": 1}
    assert rows == [("ValueError", "no total", "scores", "live", True)]


def test_what_is_no_failure_gives_nothing(warehouse):
    """An INFO line is neither a row nor quarantine."""
    assert Intake(warehouse).store(unwrap(push(entry("all is well", severity="INFO"))).deliveries) == {}


def test_junk_is_kept_byte_for_byte(warehouse):
    """The quarantine holds the message's bytes, its id and attributes."""
    Intake(warehouse).store(unwrap(push(b"\x00\xffhalf a {line")).deliveries)

    rows = warehouse.query("SELECT raw, message_id, attributes, source FROM service_errors_rejected").rows
    assert rows == [(b"\x00\xffhalf a {line", "17", {"a": "b"}, "live")]


def test_an_entry_that_cannot_be_read_is_kept_too(warehouse):
    """JSON that is no log entry goes to quarantine with a reason."""
    stored = Intake(warehouse).store([read(b'{"textPayload": 1, "severity": "ERROR", "timestamp": "soon"}')])

    assert stored == {"service_errors_rejected": 1}
    [(reason,)] = warehouse.query("SELECT reason FROM service_errors_rejected").rows
    assert "timestamp" in reason


@pytest.mark.parametrize(
    ("days", "words"), [(-401, "older than the retention of 400 days"), (1.1, "more than 24 h ahead")]
)
def test_a_time_that_no_partition_holds_goes_to_quarantine(warehouse, days, words):
    """Too old to be kept, or further ahead than a log entry may be."""
    at = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    assert Intake(warehouse).store(unwrap(push(entry(at=at))).deliveries) == {"service_errors_rejected": 1}
    [(reason,)] = warehouse.query("SELECT reason FROM service_errors_rejected").rows
    assert words in reason


@pytest.mark.parametrize("days", [-399, 0.9])
def test_a_time_just_inside_is_a_row(warehouse, days):
    """The bounds themselves."""
    at = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    assert Intake(warehouse).store(unwrap(push(entry(at=at))).deliveries) == {"service_errors": 1}


class Picky:
    """A real store that refuses some rows for ever, as BigQuery does with a value it cannot take."""

    def __init__(self, store, refuses):
        self._store, self._refuses = store, refuses

    def insert(self, table, rows):
        if any(row.get("service_name") == self._refuses for row in rows):
            raise WarehouseRefused("row 0: no such value")
        self._store.insert(table, rows)


def test_one_refused_row_goes_to_quarantine_alone(warehouse):
    """The rest of the batch is stored."""
    batch = [one for name in ("one", "bad", "two") for one in unwrap(push(entry(service=name))).deliveries]

    Intake(Picky(warehouse, "bad")).store(batch)

    names = warehouse.query("SELECT service_name FROM service_errors ORDER BY 1").rows
    assert names == [("one",), ("two",)]
    assert warehouse.query("SELECT reason FROM service_errors_rejected").rows == [("row 0: no such value",)]


def test_a_store_that_is_away_is_the_callers_to_know(tmp_path):
    """WarehouseError goes to the caller, who must not acknowledge."""
    missing = open_warehouse(f"duckdb:{tmp_path}/never-applied")

    with pytest.raises(Exception, match="svcerrors apply") as caught:
        Intake(missing).store(unwrap(push(entry())).deliveries)
    assert not isinstance(caught.value, WarehouseUnavailable | WarehouseRefused)


def test_a_message_that_no_single_row_holds_is_kept_in_parts(warehouse):
    """Nine megabytes are three rows; together they are the message, byte for byte, and each says which it is."""
    junk = bytes(range(256)) * 36_000

    assert Intake(warehouse).store(unwrap(push(junk)).deliveries) == {"service_errors_rejected": 3}
    kept = warehouse.query("SELECT raw, attributes, message_id FROM service_errors_rejected").rows
    parts = {attributes[PART_KEY]: raw for raw, attributes, _ in kept}
    whole = f"of sha256:{hashlib.sha256(junk).hexdigest()}"
    assert b"".join(parts[f"{number}/3 {whole}"] for number in (1, 2, 3)) == junk
    assert {message_id for *_, message_id in kept} == {"17"}


def test_one_bad_entry_of_a_batch_goes_to_quarantine_alone(warehouse):
    """The others of the same message are rows."""
    lines = b"\n".join([json.dumps(entry()).encode(), b"{half", json.dumps(entry()).encode()])

    assert Intake(warehouse).store(unwrap(push(lines)).deliveries) == {
        "service_errors": 2,
        "service_errors_rejected": 1,
    }
    assert warehouse.query("SELECT raw FROM service_errors_rejected").rows == [(b"{half",)]
