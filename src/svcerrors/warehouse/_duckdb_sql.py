"""Statements in DuckDB's language: our tables, over Parquet files, and what reads them."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from svcerrors._schema import Column, Routine, Table, relations, tables
from svcerrors.warehouse._translate import read

__all__ = [
    "alter_table",
    "copy_files",
    "copy_rows",
    "create_relation",
    "create_table",
    "needed",
    "quoted",
    "row_shape",
    "view_files",
]

_TYPES = {
    "BOOL": "BOOLEAN",
    "BYTES": "BLOB",
    "FLOAT64": "DOUBLE",
    "INT64": "BIGINT",
    "JSON": "JSON",
    "STRING": "VARCHAR",
    "TIMESTAMP": "TIMESTAMPTZ",
}

_FROM_TEXT = {"BYTES": "from_base64({})", "JSON": "{}::JSON"}
"""How a value that JSON carries as text becomes one of the column's type."""


def quoted(text: str) -> str:
    """Return a string literal."""
    return "'" + text.replace("'", "''") + "'"


def needed(sources: Iterable[str]) -> list[str]:
    """Return the names of our tables behind `sources`, which may be views and routines."""
    found = set(sources)
    for name, view in reversed(relations().items()):
        if name in found:
            found |= view.reads()
    return [name for name in tables() if name in found]


def create_relation(name: str) -> str:
    """Return the statement that makes a view, or a table macro of a routine."""
    view = relations()[name]
    body = read(view.render("main")).sql
    if isinstance(view, Routine):
        return f"CREATE MACRO {name}({', '.join(argument for argument, _ in view.arguments)}) AS TABLE\n{body}"
    return f"CREATE VIEW {name} AS\n{body}"


def create_table(table: Table) -> str:
    """Return the statement that makes an empty table of the same columns."""
    columns = ",\n  ".join(
        f"{_name(column)} {_type(column)}{' NOT NULL' if column.mode == 'REQUIRED' else ''}" for column in table.columns
    )
    return f"CREATE TABLE {table.name} (\n  {columns}\n)"


def alter_table(name: str, added: Iterable[Column], grown: Iterable[Column]) -> str:
    """Return the statements that add columns to a table, and fields to columns."""
    new = [f"ALTER TABLE {name} ADD COLUMN {_name(column)} {_type(column)}" for column in added]
    return ";\n".join(new + [f"ALTER TABLE {name} ALTER {_name(column)} TYPE {_type(column)}" for column in grown])


def view_files(table: Table, files: Sequence[str]) -> str:
    """Return the statement that makes a table of its files; columns that a file is too old for are NULL.

    What is too new for us, a column or a field, is left out: what reads the table was made for those that we know.
    """
    columns = ", ".join(f"{_name(column)}::{_type(column)} AS {_name(column)}" for column in table.columns)
    return f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns} FROM ({_select_files(table, files)})"  # noqa: S608  # names of ours


def copy_files(table: Table, files: Sequence[str], target: str) -> str:
    """Return the statement that writes the rows of many files into one."""
    return _copy(f"{_select_files(table, files)} ORDER BY {table.partition_by}", target)


def copy_rows(table: Table, target: str) -> str:
    """Return the statement that writes rows into a file; its parameters are the rows as JSON, and `row_shape`."""
    columns = ", ".join(f"{_FROM_TEXT.get(c.type, '{}').format(f'r.{_name(c)}')} AS {_name(c)}" for c in table.columns)
    return _copy(f"SELECT {columns} FROM (SELECT unnest(from_json($1, $2)) AS r)", target)  # noqa: S608  # names of ours


@cache
def row_shape(table: Table) -> str:
    """Return the structure that DuckDB's from_json() is to read rows as."""
    return json.dumps([{column.name: _shape(column) for column in table.columns}])


def _select_files(table: Table, files: Sequence[str]) -> str:
    typed = ", ".join(f"NULL::{_type(column)} AS {_name(column)}" for column in table.columns)
    select = f"SELECT {typed} WHERE FALSE"
    if not files:
        return select
    paths = ", ".join(map(quoted, files))
    return f"{select} UNION ALL BY NAME SELECT * FROM read_parquet([{paths}], union_by_name = TRUE)"  # noqa: S608  # names of ours, quoted paths


def _copy(select: str, target: str) -> str:
    return f"COPY ({select}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)"


def _name(column: Column) -> str:
    return f'"{column.name}"'


def _type(column: Column) -> str:
    kind = _TYPES.get(column.type, "")
    if column.fields:
        kind = f"STRUCT({', '.join(f'{_name(field)} {_type(field)}' for field in column.fields)})"
    return f"{kind}[]" if column.mode == "REPEATED" else kind


def _shape(column: Column) -> Any:
    kind: Any = "VARCHAR" if column.type in _FROM_TEXT else _TYPES.get(column.type)
    if column.fields:
        kind = {field.name: _shape(field) for field in column.fields}
    return [kind] if column.mode == "REPEATED" else kind
