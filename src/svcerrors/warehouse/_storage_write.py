"""Rows by the Storage Write API's default stream: a tenth of the price of insertAll, and grpc to load.

https://cloud.google.com/bigquery/docs/write-api#default_stream: at least once, durable when answered; it drops nothing
that it was given before, so an answer that is lost stores a row twice, which the views count once.
"""

import threading
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import Table
from svcerrors.warehouse import _patience
from svcerrors.warehouse._appender import Appender, Batch
from svcerrors.warehouse._bigquery_answers import failure
from svcerrors.warehouse._requests import numbered_from, requests
from svcerrors.warehouse._storage_api import StorageApi

__all__ = ["MAX_BYTES", "StorageWrite"]

MAX_ROWS = 5_000
MAX_BYTES = 8_000_000
"""Of one request: BigQuery takes 20 MB, older pages say 10."""

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
        self._appenders: dict[str, Appender] = {}

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
            batch = Batch(rows[part], form, encoded[part])
            with numbered_from(part.start):
                _patience.patiently(partial(self._ask, appender, batch), monotonic() + _patience.RETRY_SECONDS)

    def _ask(self, appender: Appender, batch: Batch) -> None:
        answer = appender.append(batch)
        if answer.status == HTTPStatus.OK:
            return
        if answer.bad_rows:
            first = min(answer.bad_rows)
            named = f"{appender.table.name}, row {first + 1}: {answer.bad_rows[first]}"
            raise WarehouseRefused(named, answer.bad_rows)
        error = failure(self._where, answer.status, answer.said)
        raise _patience.Passing(error) if answer.status in _PASSING else error

    def _appender(self, table: Table) -> Appender:
        with self._lock:
            if table.name not in self._appenders:
                self._appenders[table.name] = Appender(self._api, table)
            return self._appenders[table.name]
