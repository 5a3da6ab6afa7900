"""A Storage Write API of our own: a real gRPC server with the default stream, that misbehaves as it is told.

It reads rows by the descriptor that the writer sends, and holds them as the tables would.
"""

import threading
import time
from collections import deque
from concurrent import futures
from contextlib import contextmanager

import grpc
from google.cloud.bigquery_storage_v1 import types
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, json_format, message_factory
from google.rpc import status_pb2

from support.faulty_bigquery import POISON
from svcerrors import _schema

SERVICE = "google.cloud.bigquery.storage.v1.BigQueryWrite"
KINDS = {"BOOL": "BOOL", "BYTES": "BYTES", "FLOAT64": "DOUBLE", "INT64": "INT64", "JSON": "JSON", "RECORD": "STRUCT"}
LIMIT = 10_000_000


class FaultyStorage:
    """Answers AppendRows and GetWriteStream; each append takes the next fault of the schedule, and none is no fault.

    Attributes:
        schedule: Names of FAULTS, for the appends to come.
        rows: What is stored, by table.
        appends: How many rows each append brought.
        streams: How many streams were opened.
        unknown: Fields that the tables have not got, as `column` or `column.field`.
        idle: Seconds without an append after which a stream is closed, as BigQuery does after 600.
    """

    def __init__(self, delay=0.0, hang=0.5, idle=600.0):
        self.delay, self.hang, self.idle = delay, hang, idle
        self.lock = threading.Lock()
        self.reset()
        self._server = grpc.server(futures.ThreadPoolExecutor(32))
        self._server.add_generic_rpc_handlers([self._handlers()])
        self.host = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def reset(self, schedule=()):
        self.schedule = deque(schedule)
        self.rows = {name: [] for name in _schema.tables()}
        self.appends, self.streams, self.unknown = [], 0, set()

    def stop(self):
        self._server.stop(0).wait()

    def _handlers(self):
        append = grpc.stream_stream_rpc_method_handler(
            self._append, types.AppendRowsRequest.pb().FromString, types.AppendRowsResponse.serialize
        )
        get = grpc.unary_unary_rpc_method_handler(
            self._get, types.GetWriteStreamRequest.pb().FromString, types.WriteStream.serialize
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"AppendRows": append, "GetWriteStream": get})

    def _get(self, request, _):
        return types.WriteStream(name=request.name, table_schema=self.schema(_table(request.name)))

    def _append(self, requests, context):
        with self.lock:
            self.streams += 1
        reader, told = None, set(self.unknown)
        for request in self._until_idle(requests, context):
            if reader is None:
                reader = Reader(request)
            given = reader.read(request.proto_rows.rows.serialized_rows)
            time.sleep(self.delay)
            with self.lock:
                self.appends.append(len(given))
                fault = self.schedule.popleft() if self.schedule else "none"
            answer = FAULTS[fault](self, context, reader, given)
            if answer is None:
                return
            if told != self.unknown:
                answer.updated_schema = self.schema(reader.table)
            yield answer

    def _until_idle(self, requests, context):
        came = [time.monotonic()]

        def watch():
            while context.is_active():
                if time.monotonic() - came[0] > self.idle:
                    context.set_code(grpc.StatusCode.UNKNOWN)
                    context.cancel()
                time.sleep(0.01)

        if self.idle < 600:
            threading.Thread(target=watch, daemon=True).start()
        for request in requests:
            came[0] = time.monotonic()
            yield request

    def keep(self, table, rows):
        """Store rows: all of them, or none where one is bad; return the errors of those."""
        bad = [number for number, row in enumerate(rows) if POISON in str(row) and "raw" not in row]
        if not bad:
            with self.lock:
                self.rows[table] += rows
        return [types.RowError(index=number, code="FIELDS_ERROR", message="it is so") for number in bad]

    def schema(self, table):
        """Return the schema of a table as BigQuery tells it."""
        return types.TableSchema(fields=self._fields(_schema.tables()[table].columns, ""))

    def _fields(self, columns, before):
        return [
            types.TableFieldSchema(
                name=column.name,
                type_=KINDS.get(column.type, column.type),
                mode=column.mode,
                fields=self._fields(column.fields, f"{before}{column.name}."),
            )
            for column in columns
            if f"{before}{column.name}" not in self.unknown
        ]


class Reader:
    """What a stream's first request says of the rows to come."""

    def __init__(self, first):
        assert first.write_stream.endswith("/streams/_default")
        self.table = _table(first.write_stream)
        self.descriptor = first.proto_rows.writer_schema.proto_descriptor
        assert self.descriptor.field, "the first request of a stream describes its rows"
        file = descriptor_pb2.FileDescriptorProto(name="r", syntax="proto2", message_type=[self.descriptor])
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        self._made = message_factory.GetMessageClass(pool.FindMessageTypeByName(self.descriptor.name))

    def read(self, serialized):
        return [
            json_format.MessageToDict(self._made.FromString(row), preserving_proto_field_name=True)
            for row in serialized
        ]

    def paths(self):
        nested = {one.name: one for one in self.descriptor.nested_type}
        for field in self.descriptor.field:
            yield field.name
            if field.type_name:
                yield from (f"{field.name}.{inner.name}" for inner in nested[field.type_name].field)


def _table(stream):
    return stream.partition("/tables/")[2].partition("/")[0]


def error(code, message, **more):
    """Return an answer that refuses."""
    return types.AppendRowsResponse(error=status_pb2.Status(code=code.value[0], message=message, **more))


def extra_fields(names):
    detail = any_pb2.Any()
    detail.Pack(types.StorageError.pb(types.StorageError(code="SCHEMA_MISMATCH_EXTRA_FIELDS")))
    return error(grpc.StatusCode.INVALID_ARGUMENT, f"extra fields: {names}", details=[detail])


def _none(server, _, reader, rows):
    if extra := sorted(server.unknown & set(reader.paths())):
        return extra_fields(extra)
    if errors := server.keep(reader.table, rows):
        refused = error(grpc.StatusCode.INVALID_ARGUMENT, "Errors found while processing rows")
        refused.row_errors = errors
        return refused
    return types.AppendRowsResponse(append_result={})


def _ends(code, message="told so", *, stores=False):
    def end(server, context, reader, rows):
        if stores:
            server.keep(reader.table, rows)
        if code:
            context.abort(code, message)

    return end


def _hangs(*, stores):
    def hang(server, _, reader, rows):
        if stores:
            server.keep(reader.table, rows)
        time.sleep(server.hang)

    return hang


def _says(code, message="told so"):
    return lambda *_: error(code, message)


FAULTS = {
    "none": _none,
    "closed": _ends(None),
    "commit, then closed": _ends(None, stores=True),
    "aborted": _ends(grpc.StatusCode.ABORTED, "The server is restarting"),
    "commit, then aborted": _ends(grpc.StatusCode.ABORTED, stores=True),
    "unknown": _ends(grpc.StatusCode.UNKNOWN),
    "commit, then unknown": _ends(grpc.StatusCode.UNKNOWN, stores=True),
    "unavailable": _ends(grpc.StatusCode.UNAVAILABLE),
    "not found": _ends(grpc.StatusCode.NOT_FOUND, "Requested entity was not found"),
    "denied": _ends(grpc.StatusCode.PERMISSION_DENIED, "Permission 'TABLES_UPDATE_DATA' denied"),
    "exhausted": _ends(grpc.StatusCode.RESOURCE_EXHAUSTED, "Exceeds 'AppendRows throughput' quota"),
    "hang": _hangs(stores=False),
    "commit, then hang": _hangs(stores=True),
    "says internal": _says(grpc.StatusCode.INTERNAL),
    "says not found": _says(grpc.StatusCode.NOT_FOUND),
    "says too large": _says(grpc.StatusCode.INVALID_ARGUMENT, "AppendRows request too large"),
}


@contextmanager
def faulty_storage(**how):
    """Run one."""
    server = FaultyStorage(**how)
    try:
        yield server
    finally:
        server.stop()
