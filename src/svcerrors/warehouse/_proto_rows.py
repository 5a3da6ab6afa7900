"""Rows as protocol buffers, of a message that is made from the table's columns at run time.

Types: https://cloud.google.com/bigquery/docs/supported-data-types#supported_protocol_buffer_data_types. proto2, because
proto3 knows no required field and cannot tell an absent value from an empty one.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from svcerrors._schema import Column
from svcerrors.warehouse._rows import micros

__all__ = ["ProtoTable"]

_Field = descriptor_pb2.FieldDescriptorProto

_TYPES = {
    "BOOL": _Field.TYPE_BOOL,
    "BYTES": _Field.TYPE_BYTES,
    "FLOAT64": _Field.TYPE_DOUBLE,
    "INT64": _Field.TYPE_INT64,
    "JSON": _Field.TYPE_STRING,
    "RECORD": _Field.TYPE_MESSAGE,
    "STRING": _Field.TYPE_STRING,
    "TIMESTAMP": _Field.TYPE_INT64,
}
_LABELS = {
    "NULLABLE": _Field.LABEL_OPTIONAL,
    "REPEATED": _Field.LABEL_REPEATED,
    "REQUIRED": _Field.LABEL_REQUIRED,
}
_VALUES: Mapping[str, Callable[[Any], Any]] = {"BYTES": base64.b64decode, "TIMESTAMP": micros}
"""How a value that is not itself is made of a row's; TIMESTAMP is microseconds since 1970."""

_ROW = "Row"


class ProtoTable:
    """The message that a row of a table is.

    Args:
        columns: The table's, or those of them that the store knows.

    Attributes:
        descriptor: The message, as the Storage Write API wants to be told of it: with all that it holds inside.
    """

    def __init__(self, columns: Iterable[Column]) -> None:
        self._columns = {column.name: column for column in columns}
        self.descriptor = _message(_ROW, self._columns.values())
        file = descriptor_pb2.FileDescriptorProto(name="row.proto", syntax="proto2", message_type=[self.descriptor])
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        self._row = message_factory.GetMessageClass(pool.FindMessageTypeByName(_ROW))

    def encode(self, row: Mapping[str, Any]) -> bytes:
        """Return a row, of which the warehouse has accepted every value, as it is sent."""
        encoded: bytes = self._row(**_fields(self._columns, row)).SerializeToString()
        return encoded


def _message(name: str, columns: Iterable[Column]) -> descriptor_pb2.DescriptorProto:
    made = descriptor_pb2.DescriptorProto(name=name)
    for number, column in enumerate(columns, 1):
        field = made.field.add(name=column.name, number=number, type=_TYPES[column.type], label=_LABELS[column.mode])
        if column.fields:
            inner = _message(column.name.title(), column.fields)
            made.nested_type.append(inner)
            field.type_name = inner.name
    return made


def _fields(columns: Mapping[str, Column], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(columns[name], value) for name, value in row.items() if value is not None}


def _value(column: Column, value: Any) -> Any:
    one = _record(column) if column.fields else _VALUES.get(column.type)
    if one is None:
        return value
    return [one(item) for item in value] if column.mode == "REPEATED" else one(value)


def _record(column: Column) -> Callable[[Any], Any]:
    fields = {field.name: field for field in column.fields}
    return lambda value: _fields(fields, value)
