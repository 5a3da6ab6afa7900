"""DuckDB itself: connections in memory, and what its errors mean."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import duckdb

from svcerrors._errors import WarehouseRefused, WarehouseUnavailable
from svcerrors.warehouse import Result
from svcerrors.warehouse._duckdb_values import plain

__all__ = ["FAILURES", "make", "ours", "query", "write"]

FAILURES = (OSError, duckdb.Error)
"""What may go wrong with a folder and with what is done in it."""

INTERRUPTED = "Query interrupted"
"""What DuckDB 2 makes of a KeyboardInterrupt that comes while it runs a query: a RuntimeError of these words."""


@contextmanager
def ours(address: str) -> Iterator[None]:
    """Raise FAILURES as the errors of a warehouse at an address; and Ctrl-C as what it is."""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as exc:
        raise WarehouseUnavailable(f"{address}: {_line(exc)}: is there space, and the right to write?") from exc
    except duckdb.Error as exc:
        raise WarehouseRefused(_line(exc)) from exc
    except RuntimeError as exc:
        if str(exc) != INTERRUPTED:
            raise
        raise KeyboardInterrupt from exc


def query(preparation: Iterable[str], sql: str, parameters: Mapping[str, Any]) -> Result:
    """Run a query in a connection of its own, after the statements that prepare it."""
    with _connected() as connection:
        for statement in preparation:
            connection.execute(statement)
        answer = connection.execute(sql, dict(parameters))
        names, kinds = zip(*((name, kind) for name, kind, *_ in answer.description), strict=True)
        return Result(names, plain(kinds, answer.fetchall()))


def make(path: str, statements: Iterable[str]) -> None:
    """Make a database file by statements."""
    with _connected(path) as connection:
        for statement in statements:
            connection.execute(statement)


def write(statement: str, parameters: Sequence[str] = ()) -> None:
    """Run a statement that writes a file."""
    with _writer(os.getpid()).cursor() as cursor:
        cursor.execute(statement, parameters)


@cache
def _writer(_process: int) -> duckdb.DuckDBPyConnection:
    # Kept, because to make one costs 12 ms; never shared with a forked child, which has none of its threads.
    return _connected(threads=1)


def _connected(path: str = ":memory:", **settings: int) -> duckdb.DuckDBPyConnection:
    offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    connection = duckdb.connect(path, config={**offline, **settings})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = TRUE")
    connection.execute("SET enable_progress_bar = FALSE")  # after two seconds it would write into our own output
    return connection


def _line(exc: Exception) -> str:
    return str(exc).splitlines()[0]
