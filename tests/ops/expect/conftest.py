"""A local store, and either: it and the emulator's."""

import uuid

import pytest

from support.bqemulator import serving
from svcerrors._schema import relations
from svcerrors.warehouse import open_warehouse


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """Return the address of a running emulator."""
    with serving(tmp_path_factory.mktemp("bqemulator")) as url:
        yield url


@pytest.fixture
def store(tmp_path):
    """Return a new local store, applied."""
    made = open_warehouse(f"duckdb:{tmp_path / 'store'}")
    made.apply()
    return made


@pytest.fixture(params=["duckdb", "bigquery"])
def either(request, monkeypatch):
    """Return a new store of each kind, applied."""
    if request.param == "duckdb":
        return request.getfixturevalue("store")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", request.getfixturevalue("emulator"))
    some = {name: relations()[name] for name in ("newest_loads", "newest_lists", "expected_runs_now")}
    monkeypatch.setattr("svcerrors.warehouse._googlesql.views", lambda: some)  # the emulator takes seconds for all
    made = open_warehouse(f"bigquery:test.d{uuid.uuid4().hex}")
    made.apply()
    return made
