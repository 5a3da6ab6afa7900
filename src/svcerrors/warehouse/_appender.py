"""Rows of one table on their way: in the form that the table has now, by a stream that is opened again when it ends."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from svcerrors._schema import Column, Table
from svcerrors.warehouse._labelled import move_to_labels
from svcerrors.warehouse._proto_rows import ProtoTable
from svcerrors.warehouse._storage_answers import Answer, paths
from svcerrors.warehouse._storage_api import StorageApi

if TYPE_CHECKING:
    from svcerrors.warehouse._storage_stream import Stream

__all__ = ["ANSWER_SECONDS", "Appender", "Batch"]

ANSWER_SECONDS = 6.0
"""After so long without an answer a stream is given up, and the rows come again."""


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
class Batch:
    """Rows of one request, and how they read in one form."""

    rows: Sequence[dict[str, Any]]
    form: _Form
    encoded: Sequence[bytes]

    def encoded_as(self, form: _Form) -> Sequence[bytes]:
        """Return them in another form."""
        if form is not self.form:
            self.form, self.encoded = form, [form.encode(row) for row in self.rows]
        return self.encoded


class Appender:
    """The stream of one table: opened when it is first needed, and again when it has ended."""

    def __init__(self, api: StorageApi, table: Table) -> None:
        self.table = table
        self.form = _Form(table, frozenset())
        self._api = api
        self._lock = threading.Lock()
        self._stream: Stream | None = None

    def append(self, batch: Batch) -> Answer:
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
