"""Which Parquet files are a table: written whole, merged by day, while other processes read.

`TABLE/DAY/*.parquet` are the inserts of a day. A merge writes them into one `*.merged` file and then replaces the
day's `merged.json`, which says at one stroke that this file counts and that those inserts count no more. They are
unlinked when nobody reads; a process that dies at any point between leaves neither a loss nor a row twice.
"""

import fcntl
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from svcerrors.warehouse._disk import locked, replace_text, sync

__all__ = ["files", "merge_days", "place", "prepare", "publish", "reading"]

MERGE_ABOVE = 64
"""Inserts of one day that are left apart: each costs a reader half a millisecond or more."""

_READERS = ".readers.lock"
_MERGER = ".merger.lock"
_MERGED = "merged.json"


class _Day(NamedTuple):
    """A day's folder: the inserts in it, those of them that the merged file holds, and that file."""

    inserts: set[str]
    replaced: set[str]
    merged: str | None


def prepare(root: Path) -> None:
    """Create the folder and its locks."""
    root.mkdir(parents=True, exist_ok=True)
    for name in (_READERS, _MERGER):
        (root / name).touch()


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Keep every file that now counts from being unlinked."""
    with locked(root / _READERS, fcntl.LOCK_SH):
        yield


def files(table: Path) -> list[str]:
    """Return the files that are a table now; each row stands in exactly one of them."""
    found = []
    for folder in sorted(table.glob("????-??-??")):
        day = _look(folder)
        names = sorted(day.inserts - day.replaced) + ([day.merged] if day.merged else [])
        found += [str(folder / name) for name in names]
    return found


def place(table: Path, day: str) -> Path:
    """Return the path of a new insert of a day; it does not count before `publish`."""
    folder = table / day
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid4().hex}.tmp"


def publish(written: Iterable[Path]) -> None:
    """Make inserts count, durably."""
    paths = list(written)
    for path in paths:
        sync(path)
    for path in paths:
        path.rename(path.with_suffix(".parquet"))
    for folder in {folder for path in paths for folder in (path.parent, path.parents[1], path.parents[2])}:
        sync(folder)


def merge_days(root: Path, days: Iterable[Path], combine: Callable[[list[str], Path], None]) -> None:
    """Merge the days that hold many inserts; does nothing while another process merges.

    Args:
        root: The store's folder.
        days: The folders of the days to look at.
        combine: Writes the rows of many files into one.
    """
    full = [folder for folder in days if _is_full(folder)]
    if not full:
        return
    with locked(root / _MERGER, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_ours:
        for folder in full if is_ours else ():
            _merge(folder, combine)
            with locked(root / _READERS, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_quiet:
                if is_quiet:
                    _sweep(folder)


def _is_full(folder: Path) -> bool:
    day = _look(folder)
    return len(day.inserts - day.replaced) > MERGE_ABOVE


def _merge(folder: Path, combine: Callable[[list[str], Path], None]) -> None:
    day = _look(folder)
    if len(day.inserts - day.replaced) <= MERGE_ABOVE:
        return
    sources = [*sorted(day.inserts - day.replaced), *([day.merged] if day.merged else [])]
    target = folder / f"{uuid4().hex}.merged"
    combine([str(folder / name) for name in sources], target)
    sync(target)
    replace_text(folder / _MERGED, json.dumps({"merged": target.name, "replaced": sorted(day.inserts)}))


def _sweep(folder: Path) -> None:
    day = _look(folder)
    stale = {path.name for path in folder.glob("*.merged")} - {day.merged}
    for name in day.inserts & day.replaced | stale:
        (folder / name).unlink()


def _look(folder: Path) -> _Day:
    names = {path.name for path in folder.iterdir()}
    inserts = {name for name in names if name.endswith(".parquet")}
    if _MERGED not in names:
        return _Day(inserts, set(), None)
    said = json.loads((folder / _MERGED).read_text("utf-8"))
    return _Day(inserts, set(said["replaced"]), said["merged"])
