"""Rows by `tabledata.insertAll`: JSON over HTTP, small to load, and BigQuery drops what it was given a minute ago.

https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll.
"""

import json
import os
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple

from svcerrors._errors import WarehouseUnavailable
from svcerrors._schema import Table
from svcerrors.warehouse import _patience
from svcerrors.warehouse._bigquery_answers import failure, refusal, unknown_fields
from svcerrors.warehouse._google_http import CONNECT_SECONDS, READ_SECONDS, Answer, GoogleHttp
from svcerrors.warehouse._labelled import move_to_labels
from svcerrors.warehouse._patience import Passing, patiently
from svcerrors.warehouse._requests import numbered_from, requests

__all__ = ["INSERT_SECONDS", "MAX_BYTES", "MAX_ROWS", "InsertAll"]

MAX_ROWS = 500
MAX_BYTES = 8_000_000
"""Of one request. BigQuery advises 500 rows and takes 10 MB; above that it may just drop the connection
(python-bigquery#1570)."""

INSERT_SECONDS = _patience.RETRY_SECONDS + CONNECT_SECONDS + READ_SECONDS
"""The longest that one batch takes, while a token is at hand; without one, TOKEN_SECONDS more."""

GOOGLE = "https://bigquery.googleapis.com"

_ROW_IDS = {"service_errors": "error_id", "service_runs": "row_id"}
"""The column by which BigQuery drops a row that it was given a minute ago, by table."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))

_PASSING = {429, 500, 502, 503, 504}
_PASSING_REASONS = {"backendError", "internalError", "rateLimitExceeded"}


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
        for part in requests(table.name, [len(row.text) + 1 for row in encoded], MAX_ROWS, MAX_BYTES):
            with numbered_from(part.start):
                self._insert(table, encoded[part])

    def _insert(self, table: Table, batch: list[Encoded]) -> None:
        """Store a batch; what this moment's BigQuery does not know of a row goes into its labels."""
        deadline = monotonic() + _patience.RETRY_SECONDS
        while faults := patiently(partial(self._ask, table, batch), deadline):
            moved = [move_to_labels(table, row.columns, unknown_fields(faults)) for row in batch]
            if monotonic() > deadline or all(new is old.columns for new, old in zip(moved, batch, strict=True)):
                raise refusal(self._where, table.name, faults)
            batch = [_encoded(table, row) for row in moved]

    def _ask(self, table: Table, batch: list[Encoded]) -> list[dict[str, Any]]:
        body = b'{"rows":[' + b",".join(row.text for row in batch) + b"]}"
        try:
            answer = self._http.post(f"{self._path}/{table.name}/insertAll", body)
        except WarehouseUnavailable as exc:
            raise Passing(exc) from exc
        return _faults(answer, self._where)


def _encoded(table: Table, row: dict[str, Any]) -> Encoded:
    key = _ROW_IDS.get(table.name)
    whole = {"insertId": row[key], "json": row} if key else {"json": row}
    return Encoded(row, _ENCODER.encode(whole).encode())


def _faults(answer: Answer, where: str) -> list[dict[str, Any]]:
    told = _read(answer.body)
    if answer.status == HTTPStatus.OK:
        if told is None:
            raise Passing(WarehouseUnavailable(f"{where}: an answer that is no JSON"))
        return list(told.get("insertErrors", ()))
    fault = (told or {}).get("error")
    fault = fault if isinstance(fault, dict) else {}
    first: dict[str, Any] = next(iter(fault.get("errors") or ()), {})
    said = first.get("message") or fault.get("message") or f"status {answer.status}"
    error = failure(where, answer.status, said, first.get("reason"))
    if answer.status in _PASSING or first.get("reason") in _PASSING_REASONS:
        raise Passing(error)
    raise error


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
