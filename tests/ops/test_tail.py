"""svcerrors.ops.tail: each failure once, when it arrives."""

from datetime import UTC, datetime, timedelta

import pytest

from svcerrors._errors import WarehouseUnavailable
from svcerrors.ops.tail import Tail
from svcerrors.warehouse import open_warehouse


@pytest.fixture
def store(tmp_path):
    made = open_warehouse(f"duckdb:{tmp_path}")
    made.apply()
    return made


def told(store, error_id, *, happened=timedelta(0), written=timedelta(0)):
    """Store an error that happened, and was written, so long ago."""
    now = datetime.now(UTC)
    row = {
        "error_id": error_id,
        "error_timestamp": (now - happened).isoformat(),
        "inserted_at": (now - written).isoformat(),
        "service_name": "s",
        "error_type": "KeyError",
        "error_message": error_id,
        "error_category": "processing_error",
        "severity": "ERROR",
        "fingerprint": f"v1:{error_id}",
        "occurrences": 1,
    }
    store.insert("service_errors", [row])


def news(tail):
    found = tail.news()
    return [row[found.columns.index("error_message")] for row in found.rows]


def test_the_last_day_first_then_what_comes(store):
    """In the order in which it happened, and nothing twice, however often it was delivered."""
    told(store, "b", happened=timedelta(minutes=1), written=timedelta(minutes=1))
    told(store, "a", happened=timedelta(hours=5), written=timedelta(hours=5))
    told(store, "old", happened=timedelta(days=2), written=timedelta(days=2))
    tail = Tail(store)
    first = news(tail)
    told(store, "b", happened=timedelta(minutes=1))
    told(store, "c")

    assert (first, news(tail), news(tail)) == (["a", "b"], ["c"], [])


def test_what_is_told_late_is_not_lost(store):
    """It happened before what was printed already, or its row was some minutes under way."""
    told(store, "first")
    tail = Tail(store)
    news(tail)
    told(store, "happened hours ago", happened=timedelta(hours=7))
    told(store, "was under way", happened=timedelta(minutes=8), written=timedelta(minutes=8))

    assert news(tail) == ["happened hours ago", "was under way"]


def test_an_outage_loses_nothing(store, monkeypatch):
    """What came while the store did not answer comes with the next answer."""
    tail = Tail(store)
    news(tail)
    told(store, "meanwhile")
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "query", _gone)
        with pytest.raises(WarehouseUnavailable):
            tail.news()

    assert news(tail) == ["meanwhile"]


def _gone(*_):
    raise WarehouseUnavailable("gone")
