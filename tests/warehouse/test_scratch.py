"""A store that is lent and gone afterwards."""

from pathlib import Path

import pytest


def test_a_folder_is_lent_and_gone(duckdb_store, error):
    """Applied and empty; what goes in stays out of the store that lent it."""
    with duckdb_store.scratch() as lent:
        lent.insert("service_errors", [error()])
        folder = Path(lent._root)
        assert lent.query("SELECT COUNT(*) AS n FROM service_errors").rows == [(1,)]
    assert not folder.exists()
    assert duckdb_store.query("SELECT COUNT(*) AS n FROM service_errors").rows == [(0,)]


def test_a_dataset_is_lent_and_gone_also_after_a_fault(emulated, error):
    """Beside the dataset, in its place; deleted with all that is in it."""
    store = emulated()
    store._api().create_dataset()
    client = store._api()._client

    def use():
        with store.scratch() as lent:
            lent.insert("service_errors", [error()])
            counts = lent.query("SELECT COUNT(*) AS n FROM service_errors").rows
            raise KeyError(lent._name, counts)

    with pytest.raises(KeyError) as caught:
        use()
    name, counts = caught.value.args
    assert (name.startswith(f"{store._name}_scratch_"), counts) == (True, [(1,)])
    assert name not in [one.dataset_id for one in client.list_datasets()]
