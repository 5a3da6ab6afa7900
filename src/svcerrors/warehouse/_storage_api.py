"""The Storage Write API's default stream, through Google's client; the only file that imports it, and grpc.

https://cloud.google.com/bigquery/docs/write-api#default_stream. Not by the client's own AppendRowsStream, which
ignores its retry settings (python-bigquery-storage#593) and has no deadline for a server that hangs.
"""

import os
from collections.abc import Callable, Iterator, Sequence
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
from svcerrors.warehouse._storage_stream import Call, Stream

__all__ = ["StorageApi"]

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

    def open(self, table: str, proto: ProtoTable) -> Stream:
        """Open the default stream of a table; nothing is sent yet."""
        return Stream(_Appends(self._transport, self._name(table), proto))

    def fields(self, table: str) -> set[str]:
        """Return the fields that the table has now, as `column` or `column.field`.

        Raises:
            WarehouseUnavailable: It cannot be asked.
        """
        request = GetWriteStreamRequest(name=self._name(table), view=WriteStreamView.FULL)
        try:
            found = self._transport.get_write_stream(
                request, timeout=_SCHEMA_SECONDS, metadata=_routed("name", request.name)
            )
        except grpc.RpcError as exc:
            answer = _broken(exc)
            raise failure(self._where, answer.status, answer.said) from exc
        return set(paths(found.table_schema.fields))

    def _name(self, table: str) -> str:
        return f"{self._tables}/{table}/streams/_default"


class _Appends:
    """The wire of one stream.

    Args:
        transport: The channel.
        name: The stream's name.
        proto: The message that a row is.
    """

    def __init__(self, transport: Any, name: str, proto: ProtoTable) -> None:
        self._transport, self._name, self._proto = transport, name, proto

    def call(self, requests: Iterator[Any]) -> Call:
        begun: Call = self._transport.append_rows(requests, metadata=_routed("write_stream", self._name))
        return begun

    def request(self, rows: Sequence[bytes], *, is_first: bool) -> Any:
        request = AppendRowsRequest.pb()()
        request.proto_rows.rows.serialized_rows.extend(rows)
        if is_first:
            request.write_stream, request.trace_id = self._name, "svcerrors"
            request.proto_rows.writer_schema.proto_descriptor.CopyFrom(self._proto.descriptor)
        return request

    def listen(self, call: Any, settle: Callable[[Answer], None]) -> Answer:
        try:
            for response in call:
                settle(read(AppendRowsResponse.pb(response), _names_extra))
        except grpc.RpcError as exc:
            return _broken(exc)
        return Answer(503, "the server closed the stream")


def _routed(name: str, value: str) -> tuple[tuple[str, str]]:
    return (("x-goog-request-params", f"{name}={value}"),)


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
