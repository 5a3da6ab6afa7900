"""GoogleSQL's reference evaluator: what Google's own code, written to be right and not fast, says that a query gives.

It knows no views and no table functions, and of tables only what it is told when a query is prepared. So it is given
what BigQuery is given, a query written out down to the tables, and the tables are parameters, ARRAY<STRUCT>: to prepare
`alerts` takes 1.5 s, to ask it again with other rows a tenth of that.
"""

import base64
import json
import re
from datetime import UTC
from functools import cache

from zetasql import types as z
from zetasql.core.exceptions import ZetaSQLError
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.public import type_pb2

from support.cases import at_the_clock
from support.googlesql import Catalog, language
from svcerrors import _schema
from svcerrors.warehouse import Result
from svcerrors.warehouse._written_out import written_out

_FIELDS = {
    "BOOL": "bool_value",
    "BYTES": "bytes_value",
    "FLOAT64": "double_value",
    "INT64": "int64_value",
    "JSON": "json_value",
    "STRING": "string_value",
}


class NotEvaluated(Exception):
    """The evaluator does not run this; str() is what it says."""


def ask_evaluator(rows, sql, parameters=None):
    """Return what a GoogleSQL query gives, over rows by table.

    Args:
        rows: Complete rows, by table.
        sql: The query; its clock is that of the cases.
        parameters: Values by name, none of them NULL.

    Raises:
        NotEvaluated: It cannot be run.
    """
    given = parameters or {}
    prepared, reads = _prepare(sql, tuple((name, _type_of(value)) for name, value in given.items()))
    request = service.EvaluateQueryRequest(prepared_query_id=prepared.prepared_query_id)
    for name in reads:
        _encode(_as_column(_schema.tables()[name]), rows.get(name, ()), request.params.add(name=name).value)
    for name, value in given.items():
        column = _schema.Column(name, _type_of(value), "NULLABLE", "")
        _encode(column, value, request.params.add(name=name).value)
    answer = _call("EvaluateQuery", request, service.EvaluateQueryResponse)
    kinds = [column.type for column in prepared.columns]
    found = [tuple(map(_decode, kinds, row.cell)) for row in answer.content.table_data.row]
    return Result(tuple(column.name for column in prepared.columns), found)


def whole(sql):
    """Return a query written out, its tables parameters; and the tables that it reads."""
    text = written_out(sql)
    reads = [name for name in _schema.tables() if re.search(rf"\b(FROM|JOIN)\s+{name}\b", text)]
    tables = ",\n".join(f"{name} AS (SELECT * FROM UNNEST(@{name}))" for name in reads)  # noqa: S608  # names of ours
    if not tables:
        return text, reads
    begun = re.match(r"\s*WITH (RECURSIVE )?", text)
    return (f"{begun[0]}{tables},\n{text[begun.end() :]}" if begun else f"WITH {tables}\n(\n{text}\n)"), reads


@cache
def _prepare(sql, types):
    text, reads = whole(sql)
    request = service.PrepareQueryRequest(sql=at_the_clock(text))
    request.options.CopyFrom(_options(types))
    request.simple_catalog.CopyFrom(_catalog())
    return _call("PrepareQuery", request, service.PrepareQueryResponse).prepared, reads


def _call(method, request, response):
    try:
        client = ZetaSqlLocalService.get_instance().wasm_client
        return client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)
    except ZetaSQLError as exc:
        raise NotEvaluated(exc.raw_error) from exc


@cache
def _catalog():
    functions = z.ZetaSQLBuiltinFunctionOptions(language_options=language())
    return z.SimpleCatalog(name="root", builtin_function_options=functions).to_proto()


@cache
def _options(types):
    options = z.AnalyzerOptions(language_options=language(), default_timezone="UTC")
    options.parameter_mode = z.ParameterMode.PARAMETER_NAMED
    made = options.to_proto()
    for name, kind in (*_table_types().items(), *((name, _types()[kind]) for name, kind in types)):
        made.query_parameters.add(name=name).type.CopyFrom(kind)
    return made


@cache
def _table_types():
    return _analyzed(", ".join(f"{name} {_type(_as_column(table))}" for name, table in _schema.tables().items()))


@cache
def _types():
    return _analyzed(", ".join(f"`{kind}` {kind}" for kind in (*_FIELDS, "TIMESTAMP")))


def _analyzed(columns):
    catalog = Catalog("types")
    catalog.take(f"CREATE TABLE t ({columns})")
    return {column.name: column.type.to_proto() for column in catalog.columns("t")}


def _as_column(table):
    return _schema.Column(table.name, "RECORD", "REPEATED", "", table.columns)


def _type(column):
    inner = ", ".join(f"`{field.name}` {_type(field)}" for field in column.fields)
    kind = f"STRUCT<{inner}>" if column.fields else column.type
    return f"ARRAY<{kind}>" if column.mode == "REPEATED" else kind


def _type_of(value):
    return {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING"}.get(type(value), "TIMESTAMP")


def _encode(column, value, cell, *, is_item=False):
    if column.mode == "REPEATED" and not is_item:
        cell.array_value.SetInParent()
        for item in value or ():
            _encode(column, item, cell.array_value.element.add(), is_item=True)
    elif value is None:
        return
    elif column.fields:
        cell.struct_value.SetInParent()
        for field in column.fields:
            _encode(field, value.get(field.name), cell.struct_value.field.add())
    elif column.type == "TIMESTAMP":
        cell.timestamp_value.FromDatetime(value)
    elif column.type == "BYTES":
        cell.bytes_value = base64.b64decode(value)
    else:
        setattr(cell, _FIELDS[column.type], value)


def _decode(kind, cell):
    if kind.type_kind == type_pb2.TYPE_ARRAY:
        return [_decode(kind.array_type.element_type, item) for item in cell.array_value.element]
    if cell.WhichOneof("value") is None:
        return None
    match kind.type_kind:
        case type_pb2.TYPE_STRUCT:
            pairs = zip(kind.struct_type.field, cell.struct_value.field, strict=True)
            return {field.field_name: _decode(field.field_type, item) for field, item in pairs}
        case type_pb2.TYPE_TIMESTAMP:
            return cell.timestamp_value.ToDatetime(UTC)
        case type_pb2.TYPE_JSON:
            return json.loads(cell.json_value)
    return getattr(cell, cell.WhichOneof("value"))
