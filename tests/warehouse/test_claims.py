"""Who may do a thing that only one is to do: a key is taken once, whoever asks."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from svcerrors._errors import WarehouseMissing, WarehouseUnavailable
from svcerrors.warehouse import _claims, open_warehouse


def test_a_key_is_taken_once(duckdb_store):
    """Another key is another matter."""
    assert [duckdb_store.claim(key) for key in ("a", "a", "b")] == [True, False, True]


def test_of_many_that_ask_at_once_one_gets_it(duckdb_store):
    """Threads of this process, each with a store of its own."""
    place = duckdb_store._address
    gate = threading.Barrier(16)

    def ask(_):
        gate.wait()
        return open_warehouse(place).claim("a")

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(ask, range(16))) == [False] * 15 + [True]


def test_a_claim_is_forgotten_after_a_day(duckdb_store):
    """The folder does not fill up."""
    duckdb_store.claim("old")
    [claim] = (duckdb_store._root / _claims._CLAIMS).iterdir()
    os.utime(claim, (time.time() - _claims._CLAIM_SECONDS - 1,) * 2)
    duckdb_store.claim("new")
    assert len(list((duckdb_store._root / _claims._CLAIMS).iterdir())) == 1


def test_a_store_that_is_not_there_is_told(tmp_path):
    """As for any other question."""
    with pytest.raises(WarehouseMissing):
        open_warehouse(f"duckdb:{tmp_path / 'nowhere'}").claim("a")


def test_a_claim_in_bigquery_is_a_job_of_that_id(answering):
    """BigQuery takes an id once, and answers 409 to all who come later: that is what makes it a claim."""
    taken = set()

    def answer(method, path, body):
        assert (method, path.rsplit("/", 1)[-1]) == ("POST", "jobs")
        name = body["jobReference"]["jobId"]
        if name in taken:
            told = f"Already Exists: Job test:US.{name}"
            return 409, {"error": {"code": 409, "message": told, "errors": [{"reason": "duplicate", "message": told}]}}
        taken.add(name)
        return 200, {**body, "status": {"state": "DONE"}}

    with answering(answer) as store:
        assert [store.claim(key) for key in ("a-1", "a-1", "b-1")] == [True, False, True]
    assert taken == {"svcerrors-obs-a-1", "svcerrors-obs-b-1"}


def test_a_claim_that_cannot_be_asked_for_is_told(answering):
    """Neither taken nor refused: the run ends, and the next one asks again."""
    denied = (403, {"error": {"code": 403, "message": "no", "errors": []}})
    with answering(lambda *_: denied) as store, pytest.raises(WarehouseUnavailable):
        store.claim("a")
