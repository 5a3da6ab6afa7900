"""Rows by `tabledata.insertAll`: JSON over HTTP, small to load, and BigQuery drops what it was given a minute ago.

https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll.
"""

import json
import os
import random
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any, NamedTuple

from svcerrors._errors import WarehouseError, WarehouseRefused, WarehouseUnavailable
from svcerrors._schema import Table
from svcerrors.warehouse._bigquery_answers import failure, refusal, unknown_fields
from svcerrors.warehouse._google_http import CONNECT_SECONDS, READ_SECONDS, TOKEN_SECONDS, Answer, GoogleHttp
from svcerrors.warehouse._labelled import move_to_labels
from svcerrors.warehouse._rows import numbered_from

__all__ = ["INSERT_SECONDS", "MAX_BYTES", "MAX_ROWS", "InsertAll"]

MAX_ROWS = 500
MAX_BYTES = 8_000_000
"""Of one request. BigQuery advises 500 rows and takes 10 MB; above that it may just drop the connection
(python-bigquery#1570)."""

MAX_ROW_BYTES = 9_900_000
"""A row that is larger is not sent: BigQuery takes none above 10 MB, and says so in three different ways by its size
(python-bigquery#1296)."""

RETRY_SECONDS = 3.0
"""After so long a batch is not tried again. What hangs is tried once, what fails at once several times."""

INSERT_SECONDS = RETRY_SECONDS + CONNECT_SECONDS + READ_SECONDS
"""The longest that one batch takes, while a token is at hand; without one TOKEN_SECONDS more."""

LONGEST_SECONDS = INSERT_SECONDS + TOKEN_SECONDS

GOOGLE = "https://bigquery.googleapis.com"

_ROW_IDS = {"service_errors": "error_id", "service_runs": "row_id"}
"""The column by which BigQuery drops a row that it was given a minute ago, by table."""

_PASSING = {429, 500, 502, 503, 504}
_PASSING_REASONS = {"backendError", "internalError", "rateLimitExceeded"}
_PAUSE, _LONGEST_PAUSE = 0.2, 1.0


class Encoded(NamedTuple):
    """A row as it is sent."""

    columns: dict[str, Any]
    text: bytes


class InsertAll:
    """Writes into one dataset; threads may share it, forked processes may not.

    Args:
        project: The project that holds the dataset.
        dataset: The dataset.

    Raises:
        WarehouseUnavailable: There are no credentials.
    """

    def __init__(self, project: str, dataset: str) -> None:
        self._where = f"bigquery:{project}.{dataset}"
        self._path = f"/bigquery/v2/projects/{project}/datasets/{dataset}/tables"
        emulator = os.environ.get("BIGQUERY_EMULATOR_HOST")
        self._http = GoogleHttp(emulator or GOOGLE, self._where, is_anonymous=bool(emulator))

    def insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Store rows that the table takes; more than MAX_ROWS or MAX_BYTES are several requests.

        The table is neither asked for nor created: for minutes after a table was made the answers are stale, and rows
        are lost (google-cloud-go#975, python-bigquery#1278).

        Raises:
            WarehouseRefused: Rows do not fit; it says which, where BigQuery does.
            WarehouseUnavailable: BigQuery did not take them now.
        """
        encoded = [_encoded(table, row) for row in rows]
        if large := {index: _too_large(row) for index, row in enumerate(encoded) if len(row.text) > MAX_ROW_BYTES}:
            raise WarehouseRefused(f"{table.name}, row {min(large) + 1}: {large[min(large)]}", large)
        before = 0
        for batch in batches(encoded):
            with numbered_from(before):
                self._insert(table, batch)
            before += len(batch)

    def _insert(self, table: Table, batch: list[Encoded]) -> None:
        """Store a batch; what this moment's BigQuery does not know of a row goes into its labels."""
        deadline = monotonic() + RETRY_SECONDS
        while faults := self._answer(table, batch, deadline):
            moved = [move_to_labels(table, row.columns, unknown_fields(faults)) for row in batch]
            if monotonic() > deadline or all(new is old.columns for new, old in zip(moved, batch, strict=True)):
                raise refusal(self._where, table.name, faults)
            batch = [_encoded(table, row) for row in moved]

    def _answer(self, table: Table, batch: list[Encoded], deadline: float) -> list[dict[str, Any]]:
        body = b'{"rows":[' + b",".join(row.text for row in batch) + b"]}"
        pause = _PAUSE
        while True:
            try:
                return self._ask(table, body)
            except _Passing as exc:
                if monotonic() + pause > deadline:
                    raise exc.error from exc
            sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # so that instances do not come back together
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _ask(self, table: Table, body: bytes) -> list[dict[str, Any]]:
        try:
            answer = self._http.post(f"{self._path}/{table.name}/insertAll", body)
        except WarehouseUnavailable as exc:
            raise _Passing(exc) from exc
        return _faults(answer, self._where)


class _Passing(Exception):
    """What may pass within seconds."""

    def __init__(self, error: WarehouseError) -> None:
        super().__init__(error)
        self.error = error


def batches(rows: Sequence[Encoded], max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES) -> Iterator[list[Encoded]]:
    """Cut rows into requests, each by its measured size."""
    batch: list[Encoded] = []
    size = 0
    for row in rows:
        if batch and (len(batch) == max_rows or size + len(row.text) > max_bytes):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.text) + 1
    if batch:
        yield batch


def _encoded(table: Table, row: dict[str, Any]) -> Encoded:
    key = _ROW_IDS.get(table.name)
    whole = {"insertId": row[key], "json": row} if key else {"json": row}
    return Encoded(row, json.dumps(whole, separators=(",", ":")).encode())


def _too_large(row: Encoded) -> str:
    return f"{len(row.text)} bytes as JSON are more than the {MAX_ROW_BYTES} that BigQuery takes of a row"


def _faults(answer: Answer, where: str) -> list[dict[str, Any]]:
    told = _read(answer.body)
    if answer.status == HTTPStatus.OK:
        if told is None:
            raise _Passing(WarehouseUnavailable(f"{where}: an answer that is no JSON"))
        return list(told.get("insertErrors", ()))
    fault = (told or {}).get("error")
    fault = fault if isinstance(fault, dict) else {}
    first: dict[str, Any] = next(iter(fault.get("errors") or ()), {})
    said = first.get("message") or fault.get("message") or f"status {answer.status}"
    error = failure(where, answer.status, said, first.get("reason"))
    if answer.status in _PASSING or first.get("reason") in _PASSING_REASONS:
        raise _Passing(error)
    raise error


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
