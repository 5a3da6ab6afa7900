"""The views of the local store, made once for all stores of a machine."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from svcerrors import _schema
from svcerrors.warehouse import _duckdb_views, open_warehouse

ASK = """
import sys
from svcerrors.warehouse import open_warehouse
store = open_warehouse("duckdb:" + sys.argv[1])
store.apply()
print(store.query("SELECT COUNT(*) FROM alert_rules").rows[0][0])
"""


def ask(store, cache):
    """Return how many rules a new process finds in a new store, and the files that it left in the cache folder."""
    command = [sys.executable, "-c", ASK, str(store)]
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return int(done.stdout), {file: file.stat().st_mtime_ns for file in cache.glob("svcerrors/*")}


@pytest.fixture
def rules(duckdb_store):
    """Return how many rules there are."""
    return duckdb_store.query("SELECT COUNT(*) FROM alert_rules").rows[0][0]


def test_views_are_made_once_for_all_stores(tmp_path, rules):
    """The first query of a user makes one file, and nothing else; those of other stores and processes read it."""
    found, made = ask(tmp_path / "a", tmp_path / "cache")
    assert (found, len(made)) == (rules, 1)
    assert ask(tmp_path / "b", tmp_path / "cache") == (found, made)


def test_a_home_that_cannot_be_written_is_done_without(tmp_path, rules):
    """Where there is no folder for the file, each query makes the views itself."""
    (tmp_path / "cache").touch()
    assert ask(tmp_path / "a", tmp_path / "cache") == (rules, {})


def test_what_is_deleted_is_made_again(tmp_path, duckdb_store, rules, monkeypatch):
    """A process that lasts goes on when somebody empties the cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for _ in range(2):
        assert duckdb_store.query("SELECT COUNT(*) FROM alert_rules").rows == [(rules,)]
        (made,) = (tmp_path / "cache" / "svcerrors").iterdir()
        made.unlink()


def test_threads_ask_at_once(tmp_path, rules, monkeypatch):
    """Queries of one process at once neither hinder each other nor leave a half-made file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store = open_warehouse(f"duckdb:{tmp_path / 'store'}")
    store.apply()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(store.query, ["SELECT COUNT(*) FROM alert_rules"] * 8)
    assert [answer.rows for answer in found] == [[(rules,)]] * 8
    assert len(list((tmp_path / "cache" / "svcerrors").iterdir())) == 1


def test_another_version_makes_its_own(tmp_path, monkeypatch):
    """Views that read otherwise are another file: what another version left is not read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "newest_lists" in _duckdb_views.statements.__wrapped__()
    fewer = {name: view for name, view in _schema.relations().items() if name == "alert_rules"}
    monkeypatch.setattr(_duckdb_views, "relations", lambda: fewer)
    _duckdb_views._key.cache_clear()
    try:
        assert list(_duckdb_views.statements.__wrapped__()) == ["alert_rules"]
    finally:
        _duckdb_views._key.cache_clear()
    assert len(list((tmp_path / "svcerrors").iterdir())) == 2
