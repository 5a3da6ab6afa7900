"""The Storage Write API's default stream, through Google's client; the only file that imports it, and grpc.

https://cloud.google.com/bigquery/docs/write-api#default_stream. Not by the client's own AppendRowsStream, which
ignores its retry settings (python-bigquery-storage#593) and has no deadline for a server that hangs.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

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
from svcerrors.warehouse._storage_answers import Answer, broken, paths, read

__all__ = ["StorageApi", "Stream"]

EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"

_SCHEMA_SECONDS = 2.0


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
        return set(paths(found.table_schema.fields))

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
                self._settle(read(AppendRowsResponse.pb(response), _names_extra))
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


def _broken(exc: Any) -> Answer:
    code, name = exc.code().value[0], exc.code().name
    return broken(code, f"{name}: {line(exc.details() or '')}")


def _names_extra(detail: Any) -> bool:
    error = StorageError.pb()()
    return bool(detail.Unpack(error)) and error.code == StorageError.StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS


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
