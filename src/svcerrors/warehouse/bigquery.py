"""The store that a team shares: a BigQuery dataset."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from svcerrors._errors import UsageError, WarehouseRefused
from svcerrors._schema import Table, tables
from svcerrors.warehouse import Change, Result, Rows, Warehouse
from svcerrors.warehouse import _googlesql as sql_of
from svcerrors.warehouse._bigquery_apply import Applying, Step
from svcerrors.warehouse._per_process import PerProcess
from svcerrors.warehouse._rows import accept
from svcerrors.warehouse._written_out import reads_steps, written_out

if TYPE_CHECKING:
    from svcerrors.warehouse._bigquery_api import Api

__all__ = ["BigQueryWarehouse"]

_WRITERS = {
    "insertAll": ("_insert_all", "InsertAll", "sink"),
    "storage": ("_storage_write", "StorageWrite", "storage"),
}
"""Module, class and extra of each way in. None is loaded before it is chosen."""

_QUIET = re.compile(  # comments, strings, quoted names: what does not tell what a statement does
    r"""--[^\n]*|\#[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`""", re.DOTALL
)
_IS_QUERY = re.compile(
    r"[\s(]*(SELECT|WITH|FROM)\b(?!.*(;\s*\S|\|>\s*(CREATE|EXPORT|INSERT)\b))", re.DOTALL | re.IGNORECASE
)


class Writer(Protocol):
    """A way into the tables of one dataset."""

    def insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Store rows that fit the table; return only when BigQuery has them."""


class BigQueryWarehouse:
    """Keeps rows in a dataset of BigQuery, or of the emulator that BIGQUERY_EMULATOR_HOST names.

    Google's client is loaded and connects when it is first needed: it takes 0.8 s, and must not be shared over a fork.

    Args:
        project: The project that holds the dataset, and pays for queries.
        dataset: The dataset.
        writer: By what rows go in: a key of _WRITERS.
    """

    def __init__(self, project: str, dataset: str, writer: str = "insertAll") -> None:
        self._project = project
        self._name = dataset
        self._dataset = f"{project}.{dataset}"
        self._where = f"bigquery:{self._dataset}"
        self._api: PerProcess[Api] = PerProcess(partial(_connect, project, dataset))
        self._writer = PerProcess(partial(_writer, writer, project, dataset))

    def plan(self, *, adopt: bool = False) -> list[Change]:
        """Return what `apply` would do now.

        Raises:
            WarehouseConflict: The dataset holds a table of ours with other columns.
            WarehouseUnavailable: BigQuery cannot be asked.
        """
        return [change for change, _ in self._steps(adopt=adopt)]

    def apply(self, *, adopt: bool = False) -> list[Change]:
        """Create or upgrade what differs; return what was done.

        Args:
            adopt: Make ours of a table that the team already has, and go on where that broke off. Doing it again copies
                what was written into the table that was set aside meanwhile.

        Raises:
            WarehouseConflict: The dataset holds a table of ours with other columns; nothing was changed.
            WarehouseUnavailable: BigQuery cannot be asked, or does not allow it.
        """
        steps = list(self._steps(adopt=adopt))
        if steps:
            self.query(
                "SELECT 1 AS one"
            )  # views need the right to run jobs: who lacks it is told before tables are made
        for _, take in steps:
            take()
        return [change for change, _ in steps]

    def statements(self) -> list[Change]:
        """Return the statements of a first `apply`, without a connection."""
        dataset = Change("create", self._name, sql_of.create_dataset(self._dataset))
        created = [Change("create", name, sql_of.create_table(one, self._dataset)) for name, one in tables().items()]
        views = [Change("create", name, sql_of.create_view(v, self._dataset)) for name, v in sql_of.views().items()]
        return [dataset, *created, *views]

    def insert(self, table: str, rows: Rows) -> None:
        """Store `rows`; return only when BigQuery has them.

        Raises:
            WarehouseRefused: Rows do not fit the table; it says which.
            WarehouseUnavailable: BigQuery did not take them now. Giving them again stores none twice for readers.
        """
        if table not in tables():
            raise WarehouseRefused(f"there is no table {table}")
        self._writer().insert(tables()[table], accept(tables()[table], rows))

    @contextmanager
    def scratch(self) -> Iterator[Warehouse]:
        """Lend an empty dataset beside this one, applied, that is gone afterwards.

        What is left of it where a run is killed expires by itself after a day, all but the dataset's name.

        Raises:
            WarehouseUnavailable: BigQuery cannot be asked, or does not allow it.
        """
        name = f"{self._name}_scratch_{uuid4().hex[:12]}"
        self._api().create_scratch(name)
        try:
            lent = BigQueryWarehouse(self._project, name)
            lent.apply()
            yield lent
        finally:
            self._api().delete_scratch(name)

    def claim(self, key: str) -> bool:
        """Take a key, once and for all who ask.

        A job's id is used once in a project (https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid), so
        the claim is a job that reads nothing; BigQuery itself keeps it, for half a year. The emulator takes every id.

        Raises:
            WarehouseUnavailable: BigQuery cannot be asked.
        """
        return self._api().claim(f"svcerrors-{self._name}-{key}")

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a GoogleSQL query.

        Raises:
            WarehouseMissing: It names what the dataset does not hold.
            WarehouseRefused: It is no query, or does not fit the tables.
            WarehouseUnavailable: BigQuery cannot be asked, or took too long.
        """
        if not _IS_QUERY.match(_QUIET.sub(" ", sql)):
            raise WarehouseRefused("only queries: give one SELECT")
        return self._api().query(written_out(sql) if reads_steps(sql) else sql, parameters or {})

    def _steps(self, *, adopt: bool) -> Iterator[Step]:
        return Applying(self._api(), self._dataset, self._where).steps(adopt=adopt)


def _connect(project: str, dataset: str) -> "Api":
    try:
        from svcerrors.warehouse._bigquery_api import Api  # noqa: PLC0415  # takes 0.8 s, and a sink does without
    except ModuleNotFoundError as exc:
        raise UsageError(f"bigquery needs {exc.name}: pip install 'svcerrors[bigquery]'") from exc
    return Api(project, dataset)


def _writer(kind: str, project: str, dataset: str) -> Writer:
    module, name, extra = _WRITERS[kind]
    try:
        made: Writer = getattr(import_module(f"svcerrors.warehouse.{module}"), name)(project, dataset)
    except ModuleNotFoundError as exc:
        raise UsageError(f"bigquery needs {exc.name}: pip install 'svcerrors[{extra}]'") from exc
    return made
