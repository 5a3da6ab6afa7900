"""The alert job against BigQuery's emulator, through the official client: what is told is the same as in a folder."""

import json
from datetime import UTC, datetime

import pytest

from support.bqemulator import serving
from svcerrors.ops.alerts import emit as module
from svcerrors.ops.alerts.emit import emit
from svcerrors.warehouse import open_warehouse

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # to apply every view takes the emulator a while


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a dataset, applied, in which one error was seen."""
    with serving(tmp_path_factory.mktemp("bqemulator")) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", url)
        opened = open_warehouse("bigquery:test.obs")
        opened.apply()
        failure = {
            "error_id": "e1",
            "error_timestamp": datetime.now(UTC).isoformat(),
            "service_name": "scores",
            "error_type": "KeyError",
            "error_message": "'k'",
            "error_category": "processing_error",
            "severity": "ERROR",
            "fingerprint": "v1:f",
            "occurrences": 1,
        }
        opened.insert("service_errors", [failure])
        yield opened


def test_an_alert_is_told_once_and_its_end_once(store, capfd, monkeypatch):
    """Fired, nothing, cleared, nothing: read from and noted in alert_log there."""
    firing = [emit(store, {}) for _ in range(2)]
    monkeypatch.setattr(module.log, "firing", lambda _: [])
    ended = [emit(store, {}) for _ in range(2)]

    told = [json.loads(line)["svcerrors"] for line in capfd.readouterr().out.splitlines()]
    assert [dict(report.sent()) for report in firing + ended] == [{"fired": 1}, {}, {"cleared": 1}, {}]
    assert [(one["notice"], one["alert_key"]) for one in told] == [
        ("fired", "new_error:scores:v1:f"),
        ("cleared", "new_error:scores:v1:f"),
    ]
    rows = store.query("SELECT kind, is_sent FROM alert_log ORDER BY sent_at, is_sent IS NOT NULL").rows
    assert rows == [("fired", None), ("fired", True), ("cleared", None), ("cleared", True)]


def test_a_route_of_the_policy_without_an_address_is_told_there_too(store):
    """The questions about routes are GoogleSQL that the emulator answers."""
    at = datetime.now(UTC).isoformat()
    load = {"load_id": "1", "load_rows": 1, "load_row": 1, "loaded_at": at}
    store.insert("alert_policy", [{**load, "rule": "burst", "service_name": "*", "route": "pager"}])
    assert emit(store, {}).failures == {"pager": "it has no address: set SVCERRORS_ROUTE_PAGER"}
