"""Where rows are kept: one protocol, two stores, chosen by an address."""

from collections.abc import Mapping, Sequence
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

    def plan(self) -> list[Change]:
        """Return what `apply` would do now, in order; nothing is changed."""

    def apply(self) -> list[Change]:
        """Create or upgrade tables, routines and views; return what was done. Doing it twice does nothing more."""

    def statements(self) -> list[Change]:
        """Return every statement of a first `apply`, without a connection."""

    def insert(self, table: str, rows: Rows) -> None:
        """Store `rows`; return only when they are durable."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a GoogleSQL query, its named parameters given as Python values."""


_LIBRARIES = {"bigquery": "google.cloud.bigquery", "duckdb": "duckdb"}
_EXTRAS = {"bigquery": "sink", "duckdb": "cli"}


def open_warehouse(address: str) -> Warehouse:
    """Open the store at `duckdb:FOLDER` or `bigquery:PROJECT.DATASET`; nothing is created or connected yet.

    Raises:
        UsageError: The address is neither, or its library is not installed.
    """
    kind, _, where = address.partition(":")
    try:
        if kind == "duckdb" and where:
            from svcerrors.warehouse.duckdb import DuckDBWarehouse  # noqa: PLC0415  # of the extra `cli`

            return DuckDBWarehouse(where)
        if kind == "bigquery" and where.count(".") == 1 and all(where.split(".")):
            from svcerrors.warehouse.bigquery import BigQueryWarehouse  # noqa: PLC0415  # a store of one's choice

            return BigQueryWarehouse(*where.split("."))
    except ModuleNotFoundError as exc:
        raise UsageError(f"{kind} needs {exc.name}: pip install 'svcerrors[cli]'") from exc
    raise UsageError(f"no warehouse at {address!r}: give duckdb:FOLDER or bigquery:PROJECT.DATASET")


def require_library(address: str) -> None:
    """Load what a store needs, before it is needed: who boots without it must fail, not serve.

    Raises:
        UsageError: The store's library is not installed.
    """
    kind = address.partition(":")[0]
    try:
        import_module(_LIBRARIES[kind])
    except ModuleNotFoundError as exc:
        raise UsageError(f"{kind} needs {exc.name}: pip install 'svcerrors[{_EXTRAS[kind]}]'") from exc
