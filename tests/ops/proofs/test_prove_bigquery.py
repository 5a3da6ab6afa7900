"""`alerts test` against BigQuery's emulator: scratch datasets are made, proved on, and gone."""

import pytest

from support.bqemulator import serving
from svcerrors.ops.proofs import prove as module
from svcerrors.ops.proofs.prove import PROOFS, prove
from svcerrors.warehouse import open_warehouse


@pytest.mark.long
@pytest.mark.timeout(400)  # three datasets are applied, each some seventy calls
def test_a_rule_is_proved_in_scratch_datasets(tmp_path, monkeypatch):
    """The incident that began it all, and its neighbour in which the revision answered."""
    settings = module._settings
    monkeypatch.setattr(module, "PROOFS", {"startup_failure": PROOFS["startup_failure"]})
    monkeypatch.setattr(
        module, "_settings", lambda store: [row for row in settings(store) if row["rule"] == "startup_failure"]
    )
    with serving(tmp_path) as url:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", url)
        store = open_warehouse("bigquery:test.obs")
        store.apply()

        assert [(one.rule, one.fault) for one in prove(store, {})] == [("startup_failure", None)]
        assert [one.dataset_id for one in store._api()._client.list_datasets()] == ["obs"]
