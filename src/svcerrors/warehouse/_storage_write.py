"""Rows by the Storage Write API's default stream: a tenth of the price of insertAll, and grpc to load.

https://cloud.google.com/bigquery/docs/write-api#default_stream: at least once, durable when answered; it drops nothing
that it was given before, so an answer that is lost stores a row twice, which the views count once.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import Column, Table
from svcerrors.warehouse import _patience
from svcerrors.warehouse._bigquery_answers import failure
from svcerrors.warehouse._labelled import move_to_labels
from svcerrors.warehouse._proto_rows import ProtoTable
from svcerrors.warehouse._requests import numbered_from, requests
from svcerrors.warehouse._storage_answers import Answer, paths
from svcerrors.warehouse._storage_api import StorageApi, Stream

__all__ = ["ANSWER_SECONDS", "MAX_BYTES", "StorageWrite"]

MAX_ROWS = 5_000
MAX_BYTES = 8_000_000
"""Of one request: BigQuery takes 20 MB, older pages say 10."""

ANSWER_SECONDS = 6.0
"""After so long without an answer a stream is given up, and the rows come again."""

_PASSING = {429, 503}
"""Statuses that may pass within seconds: a server that restarts (python-bigquery-storage#315), a stream that was closed
because nothing was written for minutes (python-bigquery#2359)."""


class StorageWrite:
    """Writes into one dataset, over one stream for each table; threads may share it, forked processes may not.

    Args:
        project: The project that holds the dataset.
        dataset: The dataset.

    Raises:
        WarehouseUnavailable: There are no credentials.
    """

    def __init__(self, project: str, dataset: str) -> None:
        self._where = f"bigquery+storage:{project}.{dataset}"
        self._api = StorageApi(project, dataset)
        self._lock = threading.Lock()
        self._appenders: dict[str, _Appender] = {}

    def insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Store rows that the table takes; more than MAX_ROWS or MAX_BYTES are several requests.

        Raises:
            WarehouseRefused: Rows do not fit; it says which, where BigQuery does.
            WarehouseUnavailable: BigQuery did not take them now.
        """
        appender = self._appender(table)
        form = appender.form
        encoded = [form.encode(row) for row in rows]
        for part in requests(table.name, [len(row) for row in encoded], MAX_ROWS, MAX_BYTES):
            batch = _Batch(rows[part], form, encoded[part])
            with numbered_from(part.start):
                _patience.patiently(partial(self._ask, appender, batch), monotonic() + _patience.RETRY_SECONDS)

    def _ask(self, appender: "_Appender", batch: "_Batch") -> None:
        answer = appender.append(batch)
        if answer.status == HTTPStatus.OK:
            return
        if answer.bad_rows:
            first = min(answer.bad_rows)
            named = f"{appender.table.name}, row {first + 1}: {answer.bad_rows[first]}"
            raise WarehouseRefused(named, answer.bad_rows)
        error = failure(self._where, answer.status, answer.said)
        raise _patience.Passing(error) if answer.status in _PASSING else error

    def _appender(self, table: Table) -> "_Appender":
        with self._lock:
            if table.name not in self._appenders:
                self._appenders[table.name] = _Appender(self._api, table)
            return self._appenders[table.name]


class _Form:
    """How rows of a table are written: the message, and the fields that the table has not got yet."""

    def __init__(self, table: Table, missing: frozenset[str]) -> None:
        self.missing = missing
        self.proto = ProtoTable(_known(table.columns, missing))
        self._table = table

    def encode(self, row: dict[str, Any]) -> bytes:
        """Return a row as it is sent; what the table has not got is in its labels."""
        return self.proto.encode(move_to_labels(self._table, row, self.missing))


@dataclass(slots=True)
class _Batch:
    """Rows of one request, and how they read in one form."""

    rows: Sequence[dict[str, Any]]
    form: _Form
    encoded: Sequence[bytes]

    def encoded_as(self, form: _Form) -> Sequence[bytes]:
        """Return them in another form."""
        if form is not self.form:
            self.form, self.encoded = form, [form.encode(row) for row in self.rows]
        return self.encoded


class _Appender:
    """The stream of one table: opened when it is first needed, and again when it has ended."""

    def __init__(self, api: StorageApi, table: Table) -> None:
        self.table = table
        self.form = _Form(table, frozenset())
        self._api = api
        self._lock = threading.Lock()
        self._stream: Stream | None = None

    def append(self, batch: _Batch) -> Answer:
        """Append a batch; learn from the answer which fields the table has."""
        with self._lock:
            if self._stream is None or not self._stream.is_open:
                self._stream = self._api.open(self.table.name, self.form.proto)
            stream, form = self._stream, self.form
        answer = stream.append(batch.encoded_as(form), ANSWER_SECONDS)
        if answer.fields is not None:
            self._learn(answer.fields)
        if not answer.has_extra_fields:
            return answer
        # The same rows fit once the message has no such fields; where the table seems to know them all, it will soon.
        self._learn(self._api.fields(self.table.name))
        return answer._replace(status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _learn(self, fields: Iterable[str]) -> None:
        missing = frozenset(paths(self.table.columns)).difference(fields)
        with self._lock:
            if missing != self.form.missing and self._stream:
                self.form = _Form(self.table, missing)
                self._stream.end()
                self._stream = None


def _known(columns: Iterable[Column], missing: frozenset[str], before: str = "") -> list[Column]:
    return [
        replace(column, fields=tuple(_known(column.fields, missing, f"{before}{column.name}.")))
        for column in columns
        if f"{before}{column.name}" not in missing
    ]
