"""Our views as DuckDB has them, made once for all stores of this machine.

To carry them over from GoogleSQL takes 0.8 s, and DuckDB, which reads the whole tree below each view that is made,
takes 0.7 s more. So they are made over tables without files, in a database file of the user's cache folder; a query
copies what that file knows in 10 ms, and puts its own files under it. The file may be deleted at any time.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from platformdirs import user_cache_path

from svcerrors._schema import relations, tables
from svcerrors.warehouse import _duckdb_engine as engine
from svcerrors.warehouse import _duckdb_sql as sql_of
from svcerrors.warehouse import _translate
from svcerrors.warehouse._disk import sync

__all__ = ["preparation", "statements"]

_MADE_WITH = ("duckdb", "sqlglot")
_MADE_BY = (__file__, sql_of.__file__, _translate.__file__)


def preparation() -> list[str]:
    """Return the statements that make every view in a new connection, over tables without files."""
    path = _made()
    if path is None:
        return list(_all(statements()))
    return [_attach(path), "COPY FROM DATABASE made TO memory (SCHEMA)", "DETACH made"]


@cache
def statements() -> Mapping[str, str]:
    """Return by name the statement that makes a view, or the table macro of a routine; each after all that it reads."""
    path = _made()
    if path is None:
        return {name: sql_of.create_relation(name) for name in relations()}
    return dict(engine.query([_attach(path)], "SELECT name, sql FROM made.statements ORDER BY place", {}).rows)


def _made() -> Path | None:
    try:
        path = user_cache_path("svcerrors", ensure_exists=True) / f"views-{_key()}.duckdb"
        if not path.exists():
            _make(path)
    except engine.FAILURES:
        return None  # a home that nobody may write to: each query makes them for itself
    return path


@cache
def _key() -> str:
    # Whatever a view is made of, so that no file is ever read that another version of it made.
    said = map(repr, (tables(), relations()))
    made = [*said, *map(version, _MADE_WITH), *(Path(file).read_text("utf-8") for file in _MADE_BY)]
    return sha256("\0".join(made).encode()).hexdigest()[:16]


def _make(path: Path) -> None:
    scratch = path.with_name(f".{uuid4().hex}.tmp")
    made = {name: sql_of.create_relation(name) for name in relations()}
    try:
        engine.make(str(scratch), [*_all(made), *_noted(made)])
        sync(scratch)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _all(made: Mapping[str, str]) -> Iterator[str]:
    yield from (sql_of.view_files(table, ()) for table in tables().values())
    yield from made.values()


def _noted(made: Mapping[str, str]) -> Iterator[str]:
    yield "CREATE TABLE statements (place INTEGER, name TEXT, sql TEXT)"
    for place, (name, sql) in enumerate(made.items()):
        yield f"INSERT INTO statements VALUES ({place}, {sql_of.quoted(name)}, {sql_of.quoted(sql)})"  # noqa: S608  # ours, quoted


def _attach(path: Path) -> str:
    return f"ATTACH {sql_of.quoted(str(path))} AS made (READ_ONLY)"
