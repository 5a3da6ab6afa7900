"""What we ask of BigQuery through Google's client, all but inserts; importing this takes 0.8 s."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

from google.api_core.exceptions import Conflict, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from svcerrors._errors import WarehouseConflict, WarehouseMissing
from svcerrors._schema import Column, Table, View
from svcerrors.warehouse import Result
from svcerrors.warehouse._bigquery_errors import ours
from svcerrors.warehouse._bigquery_values import parameter, plain

__all__ = ["Api"]

# The client's own defaults are no timeout at all and ten minutes of retries (python-bigquery#853).
_TIMEOUT = (3.05, 30.0)
_RETRY_SECONDS = 20.0
_QUERY_SECONDS = 120.0

_CALL: dict[str, Any] = {"timeout": _TIMEOUT, "retry": DEFAULT_RETRY.with_timeout(_RETRY_SECONDS)}

_OLD_NAMES = {"BOOLEAN": "BOOL", "FLOAT": "FLOAT64", "INTEGER": "INT64", "STRUCT": "RECORD"}
"""Names that the tables API still gives to types."""

_Found = TypeVar("_Found")


class Api:
    """One client for one dataset; threads may share it, forked processes may not.

    Every method raises a WarehouseError and nothing else.
    """

    def __init__(self, project: str, dataset: str) -> None:
        self._where = f"bigquery:{project}.{dataset}"
        self._dataset = bigquery.DatasetReference(project, dataset)
        emulated = "BIGQUERY_EMULATOR_HOST" in os.environ
        with ours(self._where):
            anyone = AnonymousCredentials() if emulated else None  # type: ignore[no-untyped-call]
            self._client = bigquery.Client(project, credentials=anyone)

    def has_dataset(self) -> bool:
        """Tell whether the dataset exists."""
        return self._found(lambda: self._client.get_dataset(self._dataset, **_CALL)) is not None

    def create_dataset(self) -> None:
        """Create the dataset, in the project's default location."""
        with ours(self._where):
            self._client.create_dataset(bigquery.Dataset(self._dataset), exists_ok=True, **_CALL)

    def create_scratch(self, name: str) -> None:
        """Create a dataset in the same place as ours, whose tables expire after a day."""
        with ours(self._where):
            made = bigquery.Dataset(bigquery.DatasetReference(self._dataset.project, name))
            made.location = self._client.get_dataset(self._dataset, **_CALL).location
            made.default_table_expiration_ms = timedelta(days=1) // timedelta(milliseconds=1)
            self._client.create_dataset(made, **_CALL)

    def delete_scratch(self, name: str) -> None:
        """Delete a dataset that `create_scratch` made, with all that is in it."""
        with ours(self._where):
            where = bigquery.DatasetReference(self._dataset.project, name)
            self._client.delete_dataset(where, delete_contents=True, not_found_ok=True, **_CALL)

    def columns(self, name: str) -> tuple[Column, ...] | None:
        """Return the columns of a table, None when there is no such table.

        Raises:
            WarehouseConflict: It is no table.
        """
        found = self._relation(name, "TABLE")
        return None if found is None else tuple(map(_column, found.schema))

    def requires_filter(self, name: str) -> bool:
        """Tell whether BigQuery refuses to read a table without a filter on its partitions."""
        found = self._relation(name, "TABLE")
        told = {} if found is None else found.to_api_repr()
        # What was made long ago, and the emulator, say it of the partitions.
        return any(one.get("requirePartitionFilter", False) for one in (told, told.get("timePartitioning") or {}))

    def create_table(self, table: Table) -> None:
        """Create a table; not by a statement, of which the emulator forgets half."""
        made = bigquery.Table(self._dataset.table(table.name), [_field(column) for column in table.columns])
        days = table.partition_expiration_days
        age = timedelta(days=days) // timedelta(milliseconds=1) if days else None
        made.time_partitioning = bigquery.TimePartitioning(field=table.partition_by, expiration_ms=age)
        made.clustering_fields = table.cluster_by
        made.require_partition_filter = days is not None
        made.description = table.description
        with ours(self._where):
            self._client.create_table(made, exists_ok=True, **_CALL)

    def set_columns(self, name: str, columns: Sequence[Column]) -> None:
        """Give a table more columns; what the present ones have besides, such as policy tags, stays."""
        with ours(self._where):
            table = self._client.get_table(self._dataset.table(name), **_CALL)
            present = {_column(field): field for field in table.schema}
            table.schema = [present.get(column) or _field(column) for column in columns]
            self._client.update_table(table, ["schema"], **_CALL)

    def body(self, view: View) -> str | None:
        """Return the query of a view, None when there is none of that name.

        The emulator does not tell a view's query: there it is empty, and every `apply` replaces the view by itself.
        """
        found = self._relation(view.name, "VIEW")
        return None if found is None else found.view_query or ""

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that names its dataset."""
        given = [parameter(name, value) for name, value in (parameters or {}).items()]
        self._rows(sql, bigquery.QueryJobConfig(query_parameters=given))

    def claim(self, job_id: str) -> bool:
        """Begin a job that reads nothing; tell whether there was none of this id."""
        with ours(self._where):
            try:
                self._client.query("SELECT 1", job_id=job_id, job_retry=None, **_CALL)
            except Conflict:
                return False
            return True

    def query(self, sql: str, parameters: Mapping[str, Any]) -> Result:
        """Run a query and return all its rows."""
        given = [parameter(name, value) for name, value in parameters.items()]
        config = bigquery.QueryJobConfig(default_dataset=self._dataset, query_parameters=given)
        return self._rows(sql, config)

    def _rows(self, sql: str, config: bigquery.QueryJobConfig) -> Result:
        # Not query_and_wait(): the emulator answers a query that failed as one without rows.
        with ours(self._where, on_404=WarehouseMissing):
            job = self._client.query(sql, config, job_retry=None, **_CALL)
            rows = job.result(timeout=_QUERY_SECONDS, retry=_CALL["retry"], job_retry=None)
            return Result(tuple(field.name for field in rows.schema), [tuple(map(plain, row)) for row in rows])

    def _relation(self, name: str, kind: str) -> bigquery.Table | None:
        found = self._found(lambda: self._client.get_table(self._dataset.table(name), **_CALL))
        if found is not None and found.table_type != kind:
            fault = f"{name} is a {found.table_type} there, a {kind} of ours"
            raise WarehouseConflict(f"{self._where}: {fault}; nothing was changed, give another dataset")
        return found

    def _found(self, get: Callable[[], _Found]) -> _Found | None:
        with ours(self._where):
            try:
                return get()
            except NotFound:
                return None


def _column(field: bigquery.SchemaField) -> Column:
    kind = _OLD_NAMES.get(field.field_type, field.field_type)
    return Column(field.name, kind, field.mode, field.description or "", tuple(map(_column, field.fields)))


def _field(column: Column) -> bigquery.SchemaField:
    return bigquery.SchemaField.from_api_repr(asdict(column))
