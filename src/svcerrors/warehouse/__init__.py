"""Where rows are kept: one protocol, two stores, chosen by an address."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from svcerrors._errors import UsageError

__all__ = ["Change", "Result", "Rows", "Warehouse", "open_warehouse", "require_library"]

Rows = Sequence[Mapping[str, Any]]
"""Rows as JSON has them: timestamps as RFC 3339 text, JSON columns as text, BYTES as base64 text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One statement of an `apply`: what it does to which object, and its text in the store's own language."""

    action: str
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave: column names, and rows of Python values (datetime, str, int, float, bool, list, dict)."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Warehouse(Protocol):
    """A store of rows. Every method raises a WarehouseError and nothing else."""

    def plan(self, *, adopt: bool = False) -> list[Change]:
        """Return what `apply` would do now, in order; nothing is changed."""

    def apply(self, *, adopt: bool = False) -> list[Change]:
        """Create or upgrade tables, routines and views; return what was done. Doing it twice does nothing more.

        With `adopt`, a table of a team's own that bears the name of one of ours is made ours, its rows copied in.
        """

    def statements(self) -> list[Change]:
        """Return every statement of a first `apply`, without a connection."""

    def insert(self, table: str, rows: Rows) -> None:
        """Store `rows`; return only when they are durable."""

    def scratch(self) -> AbstractContextManager["Warehouse"]:
        """Lend an empty store of the same kind, applied, that is gone afterwards."""

    def claim(self, key: str) -> bool:
        """Take a key, once and for all who ask: True for one of them, False for all others."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a GoogleSQL query, its named parameters given as Python values."""


_LIBRARIES = {"bigquery": "svcerrors.warehouse._insert_all", "bigquery+storage": "svcerrors.warehouse._storage_write"}
_EXTRAS = {"bigquery": "sink", "bigquery+storage": "storage"}
_WRITERS = {"bigquery": "insertAll", "bigquery+storage": "storage"}


def open_warehouse(address: str) -> Warehouse:
    """Open the store at an address; nothing is created or connected yet.

    Args:
        address: `duckdb:FOLDER`, `bigquery:PROJECT.DATASET`, or `bigquery+storage:PROJECT.DATASET` for the same dataset
            written by the Storage Write API.

    Raises:
        UsageError: The address is none of these, or its library is not installed.
    """
    kind, _, where = address.partition(":")
    try:
        if kind == "duckdb" and where:
            from svcerrors.warehouse.duckdb import DuckDBWarehouse  # noqa: PLC0415  # of the extra `cli`

            return DuckDBWarehouse(where)
        if kind in _WRITERS and where.count(".") == 1 and all(where.split(".")):
            from svcerrors.warehouse.bigquery import BigQueryWarehouse  # noqa: PLC0415  # a store of one's choice

            project, dataset = where.split(".")
            return BigQueryWarehouse(project, dataset, _WRITERS[kind])
    except ModuleNotFoundError as exc:
        raise UsageError(f"{kind} needs {exc.name}: pip install 'svcerrors[cli]'") from exc
    raise UsageError(f"no warehouse at {address!r}: give duckdb:FOLDER or bigquery:PROJECT.DATASET")


def require_library(address: str) -> None:
    """Load what a store needs to be written, before it is needed: who boots without it must fail, not serve.

    Raises:
        UsageError: The store's library is not installed.
    """
    kind = address.partition(":")[0]
    try:
        import_module(_LIBRARIES.get(kind, kind))
    except ModuleNotFoundError as exc:
        raise UsageError(f"{kind} needs {exc.name}: pip install 'svcerrors[{_EXTRAS.get(kind, 'cli')}]'") from exc
