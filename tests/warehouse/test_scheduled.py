"""The scheduled queries of docs/cost.md, run: on the emulator, as the schedule would."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from svcerrors import _schema

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def statements():
    """Return the statements of the page in their order."""
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.timeout(300)  # the emulator is no quick reader
def test_what_is_over_is_kept_once(emulated, error, monkeypatch, statements):
    """The incidents of yesterday are copied; a day later, and a second time, nothing of them comes in again."""
    monkeypatch.setattr("svcerrors.warehouse._googlesql.views", lambda: {"incidents": _schema.relations()["incidents"]})
    store = emulated()
    store.apply()
    days = {"today": 0, "yesterday": 1, "before": 2}
    for name, ago in days.items():
        at = (NOON - timedelta(days=ago)).isoformat()
        store.insert("service_errors", [error(error_id=name, error_timestamp=at, fingerprint=f"v1:{name}")])
    create, copy = (one.replace("${dataset}", f"test.{store._name}") for one in statements[2:])
    store._api().run(create)
    kept = []
    for _ in range(2):
        store._api().run(copy)
        kept.append(store.query("SELECT incident_id, occurrences FROM incidents_kept").rows)

    assert kept == [[("yesterday", 1)], [("yesterday", 1)]]
