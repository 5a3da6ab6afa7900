"""The Storage Write API's default stream, through Google's client; the only file that imports it, and grpc.

https://cloud.google.com/bigquery/docs/write-api#default_stream. Not by the client's own AppendRowsStream, which
ignores its retry settings (python-bigquery-storage#593) and has no deadline for a server that hangs.
"""

import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any, NamedTuple

import grpc
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigquery_storage_v1.services.big_query_write import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport
from google.cloud.bigquery_storage_v1.types import (
    AppendRowsRequest,
    AppendRowsResponse,
    GetWriteStreamRequest,
    StorageError,
    WriteStreamView,
)

from svcerrors._errors import UsageError
from svcerrors.warehouse._bigquery_answers import failure, line
from svcerrors.warehouse._proto_rows import ProtoTable

__all__ = ["Answer", "StorageApi", "Stream"]

EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"

_HTTP = {  # https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
}
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_EXTRA_FIELDS = "Input schema has more fields than BigQuery schema"
_SCHEMA_SECONDS = 2.0


class Answer(NamedTuple):
    """What became of one append.

    Attributes:
        status: The HTTP status that says the same; 200 when the rows are stored.
        said: The server's message.
        bad_rows: The rows that are to blame, by position, and why.
        has_extra_fields: The table does not know every field of the message.
        fields: Those that the table has, as `column` or `column.field`, if it has got more since the stream was opened.
    """

    status: int
    said: str = ""
    bad_rows: Mapping[int, str] = MappingProxyType({})
    has_extra_fields: bool = False
    fields: frozenset[str] | None = None


class StorageApi:
    """One channel for one dataset; threads may share it, forked processes may not.

    Raises:
        UsageError: Only one of the two addresses of an emulator is set.
        WarehouseUnavailable: There are no credentials.
    """

    def __init__(self, project: str, dataset: str) -> None:
        self._where = f"bigquery+storage:{project}.{dataset}"
        self._tables = f"projects/{project}/datasets/{dataset}/tables"
        self._transport = _transport(self._where)

    def open(self, table: str, proto: ProtoTable) -> "Stream":
        """Open the default stream of a table; nothing is sent yet."""
        return Stream(self._transport, self._name(table), proto)

    def fields(self, table: str) -> set[str]:
        """Return the fields that the table has now, as `column` or `column.field`.

        Raises:
            WarehouseUnavailable: It cannot be asked.
        """
        request = GetWriteStreamRequest(name=self._name(table), view=WriteStreamView.FULL)
        routed = (("x-goog-request-params", f"name={request.name}"),)
        try:
            found = self._transport.get_write_stream(request, timeout=_SCHEMA_SECONDS, metadata=routed)
        except grpc.RpcError as exc:
            answer = _broken(exc)
            raise failure(self._where, answer.status, answer.said) from exc
        return set(_paths(found.table_schema.fields))

    def _name(self, table: str) -> str:
        return f"{self._tables}/{table}/streams/_default"


class Stream:
    """A connection on which appends go out, and are answered in their order; it ends for good when it ends.

    Args:
        transport: The channel.
        name: The stream's name.
        proto: The message that a row is.
    """

    def __init__(self, transport: Any, name: str, proto: ProtoTable) -> None:
        self._name, self._proto = name, proto
        self._lock = threading.Lock()
        self._requests: SimpleQueue[Any] = SimpleQueue()
        self._waiting: deque[Future[Answer]] = deque()
        self._end: Answer | None = None
        self._is_first = True
        routed = (("x-goog-request-params", f"write_stream={name}"),)
        self._call = transport.append_rows(iter(self._requests.get, None), metadata=routed)
        threading.Thread(target=self._listen, name="svcerrors-append", daemon=True).start()

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended yet, as far as is known here."""
        return self._end is None

    def append(self, rows: Sequence[bytes], seconds: float) -> Answer:
        """Append rows; return what became of them. What is not answered within `seconds` ends the stream."""
        answer: Future[Answer] = Future()
        with self._lock:
            if self._end:
                return self._end
            self._waiting.append(answer)
            self._requests.put(self._request(rows))
        try:
            return answer.result(seconds)
        except TimeoutError:
            self.close()
            return Answer(504, f"no answer within {seconds:.1f} s")

    def end(self) -> None:
        """Take no more appends; those that are under way are still answered."""
        with self._lock:
            self._end = self._end or Answer(503, "the stream is done with")
        self._requests.put(None)

    def close(self) -> None:
        """Break the stream off; appends that were not answered are told so."""
        self._call.cancel()
        self._finish(Answer(503, "the stream was closed"))

    def _request(self, rows: Sequence[bytes]) -> Any:
        request = AppendRowsRequest.pb()()
        request.proto_rows.rows.serialized_rows.extend(rows)
        if self._is_first:
            request.write_stream, request.trace_id = self._name, "svcerrors"
            request.proto_rows.writer_schema.proto_descriptor.CopyFrom(self._proto.descriptor)
            self._is_first = False
        return request

    def _listen(self) -> None:
        try:
            for response in self._call:
                self._settle(_answer(AppendRowsResponse.pb(response)))
            end = Answer(503, "the server closed the stream")
        except grpc.RpcError as exc:
            end = _broken(exc)
        self._finish(end)

    def _settle(self, answer: Answer) -> None:
        with self._lock:
            waiting = self._waiting.popleft() if self._waiting else None
        if waiting:
            waiting.set_result(answer)

    def _finish(self, end: Answer) -> None:
        with self._lock:
            self._end = self._end or end
            left = list(self._waiting)
            self._waiting.clear()
        self._requests.put(None)  # lets the thread of grpc that reads it end
        for answer in left:
            answer.set_result(end)


def _answer(response: Any) -> Answer:
    bad = {error.index: line(error.message) for error in response.row_errors}
    if not response.HasField("error") and not bad:
        grown = response.HasField("updated_schema")
        return Answer(200, fields=frozenset(_paths(response.updated_schema.fields)) if grown else None)
    code = _CODES.get(response.error.code, grpc.StatusCode.UNKNOWN)
    status = 400 if bad else _HTTP.get(code, 503)
    said = response.error.message
    return Answer(status, said, bad, has_extra_fields=_is_extra(said) or any(map(_names_extra, response.error.details)))


def _broken(exc: Any) -> Answer:
    code, said = exc.code(), exc.details() or ""
    return Answer(_HTTP.get(code, 503), f"{code.name}: {line(said)}", has_extra_fields=_is_extra(said))


def _is_extra(said: str) -> bool:
    return _EXTRA_FIELDS in said


def _names_extra(detail: Any) -> bool:
    error = StorageError.pb()()
    return bool(detail.Unpack(error)) and error.code == StorageError.StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS


def _paths(fields: Any, before: str = "") -> Iterator[str]:
    for field in fields:
        yield f"{before}{field.name}"
        yield from _paths(field.fields, f"{before}{field.name}.")


def _transport(where: str) -> Any:
    emulator = os.environ.get(EMULATOR)
    if emulator:
        return BigQueryWriteGrpcTransport(channel=grpc.insecure_channel(emulator))
    if "BIGQUERY_EMULATOR_HOST" in os.environ:
        raise UsageError(f"{where}: set {EMULATOR}=HOST:PORT, too: rows go there by grpc")
    try:
        return BigQueryWriteClient().transport
    except GoogleAuthError as exc:
        raise failure(where, 401, f"no credentials: {line(exc)}") from exc
