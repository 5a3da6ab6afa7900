"""Files are merged while other processes read and write: no row is ever lost, or read twice."""

import subprocess
import sys

from svcerrors.warehouse import _disk, _files

COUNT = "SELECT COUNT(*) AS n, COUNT(DISTINCT error_id) AS d FROM service_errors"

WRITER = """
import sys, uuid
from svcerrors.warehouse import open_warehouse
store = open_warehouse(sys.argv[1])
row = {"error_timestamp": "2026-01-25T14:02:03Z", "occurrences": 1} | dict.fromkeys(
    "service_name error_type error_message error_category severity fingerprint".split(), "x")
for _ in range(int(sys.argv[2])):
    store.insert("service_errors", [{**row, "error_id": uuid.uuid4().hex}])
"""

# Prints what it saw that cannot be: a row twice, or fewer rows than before.
READER = """
import sys
from svcerrors.warehouse import open_warehouse
store = open_warehouse(sys.argv[1])
before = 0
while before < int(sys.argv[2]):
    (rows, different), = store.query(sys.argv[3]).rows
    if rows != different or rows < before:
        print(before, rows, different, flush=True)
    before = max(rows, before)
print("end")
"""


def start(script, *arguments):
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE)


def names(store, pattern):
    return sorted(path.name for path in (store._root / "service_errors").rglob(pattern))


def fill(store, error, inserts):
    for _ in range(inserts):
        store.insert("service_errors", [error()])


def test_readers_see_every_row_once_while_writers_merge(duckdb_store):
    """Two processes write and merge, two read all the while: every count is of distinct rows, and none goes back."""
    each = 2 * _files.MERGE_ABOVE
    readers = [start(READER, duckdb_store._address, 2 * each, COUNT) for _ in range(2)]
    writers = [start(WRITER, duckdb_store._address, each) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert [reader.communicate(timeout=60)[0] for reader in readers] == [b"end\n", b"end\n"]
    assert duckdb_store.query(COUNT).rows == [(2 * each, 2 * each)]
    assert len(names(duckdb_store, "*.merged")) >= 1


def test_many_inserts_of_a_day_become_one_file(duckdb_store, error):
    """Above the limit the day is one file, and nothing else is left of the inserts."""
    fill(duckdb_store, error, _files.MERGE_ABOVE)
    assert (len(names(duckdb_store, "*.parquet")), names(duckdb_store, "*.merged")) == (_files.MERGE_ABOVE, [])
    fill(duckdb_store, error, 1)
    assert (names(duckdb_store, "*.parquet"), len(names(duckdb_store, "*.merged"))) == ([], 1)
    assert duckdb_store.query(COUNT).rows == [(_files.MERGE_ABOVE + 1,) * 2]


def test_a_merge_under_a_reader_leaves_its_files(duckdb_store, error):
    """While someone reads, merged files stay, and count no more; the next merge unlinks them."""
    with _files.reading(duckdb_store._root):
        seen = _files.files(duckdb_store._root / "service_errors")
        fill(duckdb_store, error, _files.MERGE_ABOVE + 1)
        assert seen == []
        assert len(names(duckdb_store, "*.parquet")) == _files.MERGE_ABOVE + 1
        assert duckdb_store.query(COUNT).rows == [(_files.MERGE_ABOVE + 1,) * 2]
    fill(duckdb_store, error, _files.MERGE_ABOVE + 1)
    assert (names(duckdb_store, "*.parquet"), len(names(duckdb_store, "*.merged"))) == ([], 1)
    assert duckdb_store.query(COUNT).rows == [(2 * (_files.MERGE_ABOVE + 1),) * 2]


def test_a_merge_that_died_changes_nothing(duckdb_store, error):
    """A merged file that no merged.json names does not count, and goes at the next merge."""
    fill(duckdb_store, error, 1)
    day = duckdb_store._root / "service_errors" / "2026-01-25"
    (day / "dead.merged").write_bytes(next(day.glob("*.parquet")).read_bytes())
    assert duckdb_store.query(COUNT).rows == [(1, 1)]
    fill(duckdb_store, error, _files.MERGE_ABOVE)
    assert "dead.merged" not in names(duckdb_store, "*.merged")


def test_one_process_merges_at_a_time(duckdb_store, error):
    """While another process merges, inserts go on and leave the merge to it."""
    with _disk.locked(duckdb_store._root / _files._MERGER, _files.fcntl.LOCK_EX):
        fill(duckdb_store, error, _files.MERGE_ABOVE + 1)
    assert len(names(duckdb_store, "*.parquet")) == _files.MERGE_ABOVE + 1
    assert duckdb_store.query(COUNT).rows == [(_files.MERGE_ABOVE + 1,) * 2]
