"""The store that a team shares: a BigQuery dataset."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from svcerrors._errors import UsageError, WarehouseRefused
from svcerrors._schema import relations, tables
from svcerrors.warehouse import Change, Result, Rows
from svcerrors.warehouse import _googlesql as sql_of
from svcerrors.warehouse._drift import upgrade
from svcerrors.warehouse._rows import accept

if TYPE_CHECKING:
    from svcerrors.warehouse._bigquery_api import Api

__all__ = ["BigQueryWarehouse"]

MAX_ROWS = 500
MAX_BYTES = 8_000_000
"""Of one request. BigQuery advises 500 rows and takes 10 MB; above that it may just drop the connection."""

_ROW_IDS = {"service_errors": "error_id", "service_runs": "row_id"}
"""The column by which BigQuery drops a row that it was given a minute ago, by table."""

_Step = tuple[Change, Callable[[], None]]

_QUIET = re.compile(  # comments, strings, quoted names: what does not tell what a statement does
    r"""--[^\n]*|\#[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`""", re.DOTALL
)
_IS_QUERY = re.compile(
    r"[\s(]*(SELECT|WITH|FROM)\b(?!.*(;\s*\S|\|>\s*(CREATE|EXPORT|INSERT)\b))", re.DOTALL | re.IGNORECASE
)


class BigQueryWarehouse:
    """Keeps rows in a dataset of BigQuery, or of the emulator that BIGQUERY_EMULATOR_HOST names.

    Google's client is loaded and connects when it is first needed: it takes 0.8 s, and must not be shared over a fork.

    Args:
        project: The project that holds the dataset, and pays for queries.
        dataset: The dataset.
    """

    def __init__(self, project: str, dataset: str) -> None:
        self._project = project
        self._name = dataset
        self._dataset = f"{project}.{dataset}"
        self._lock = Lock()
        self._connected: tuple[int, Api] | None = None

    def plan(self) -> list[Change]:
        """Return what `apply` would do now.

        Raises:
            WarehouseConflict: The dataset holds a table of ours with other columns.
            WarehouseUnavailable: BigQuery cannot be asked.
        """
        return [change for change, _ in self._steps()]

    def apply(self) -> list[Change]:
        """Create or upgrade what differs; return what was done.

        Raises:
            WarehouseConflict: The dataset holds a table of ours with other columns; nothing was changed.
            WarehouseUnavailable: BigQuery cannot be asked, or does not allow it.
        """
        steps = list(self._steps())
        for _, take in steps:
            take()
        return [change for change, _ in steps]

    def statements(self) -> list[Change]:
        """Return the statements of a first `apply`, without a connection."""
        dataset = Change("create", self._name, sql_of.create_dataset(self._dataset))
        created = [Change("create", name, sql_of.create_table(one, self._dataset)) for name, one in tables().items()]
        views = [Change("create", name, sql_of.create_relation(v, self._dataset)) for name, v in relations().items()]
        return [dataset, *created, *views]

    def insert(self, table: str, rows: Rows) -> None:
        """Store `rows`; return only when BigQuery has them.

        A request ends within `_bigquery_api.INSERT_SECONDS`; more than MAX_ROWS or MAX_BYTES are several requests.

        Raises:
            WarehouseRefused: A row does not fit the table.
            WarehouseUnavailable: BigQuery did not take them now. Giving them again stores none twice for readers.
        """
        if table not in tables():
            raise WarehouseRefused(f"there is no table {table}")
        key = _ROW_IDS.get(table)
        for batch in _batches(accept(tables()[table], rows)):
            self._api().insert(table, batch, [row[key] for row in batch] if key else None)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a GoogleSQL query.

        Raises:
            WarehouseMissing: It names what the dataset does not hold.
            WarehouseRefused: It is no query, or does not fit the tables.
            WarehouseUnavailable: BigQuery cannot be asked, or took too long.
        """
        if not _IS_QUERY.match(_QUIET.sub(" ", sql)):
            raise WarehouseRefused("only queries: give one SELECT")
        return self._api().query(sql, parameters or {})

    def _steps(self) -> Iterator[_Step]:
        api = self._api()
        if not api.has_dataset():
            yield Change("create", self._name, sql_of.create_dataset(self._dataset)), api.create_dataset
        yield from self._table_steps(api)
        yield from self._relation_steps(api)

    def _table_steps(self, api: "Api") -> Iterator[_Step]:
        for name, table in tables().items():
            present = api.columns(name)
            if present is None:
                change = Change("create", name, sql_of.create_table(table, self._dataset))
                yield change, partial(api.create_table, table)
            elif new := upgrade(table, present, f"bigquery:{self._dataset}"):
                change = Change("upgrade", name, sql_of.alter_table(name, new.added, new.grown, self._dataset))
                yield change, partial(api.set_columns, name, new.columns)

    def _relation_steps(self, api: "Api") -> Iterator[_Step]:
        for name, view in relations().items():
            body = api.body(view)
            if body is None or body.strip() != view.render(self._dataset).strip():
                sql = sql_of.create_relation(view, self._dataset)
                yield Change("create" if body is None else "replace", name, sql), partial(api.run, sql)

    def _api(self) -> "Api":
        with self._lock:
            process = os.getpid()
            if self._connected is None or self._connected[0] != process:
                self._connected = process, _connect(self._project, self._name)
            return self._connected[1]


def _connect(project: str, dataset: str) -> "Api":
    try:
        from svcerrors.warehouse._bigquery_api import Api  # noqa: PLC0415  # takes 0.8 s
    except ModuleNotFoundError as exc:
        raise UsageError(f"bigquery needs {exc.name}: pip install 'svcerrors[sink]'") from exc
    return Api(project, dataset)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row))
        if batch and (len(batch) == MAX_ROWS or size + length > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield batch
