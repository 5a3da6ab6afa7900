"""Statements in GoogleSQL that make our tables, routines and views."""

from collections.abc import Iterable

from svcerrors._schema import Column, Routine, Table, View
from svcerrors.warehouse._kept import kept

__all__ = ["alter_table", "body", "create_dataset", "create_relation", "create_table"]


def create_dataset(dataset: str) -> str:
    """Return the statement that makes the dataset `project.dataset`."""
    return f"CREATE SCHEMA IF NOT EXISTS `{dataset}`"


def create_table(table: Table, dataset: str) -> str:
    """Return the statement that makes a table."""
    options = [f"description={_text(table.description)}"]
    if table.partition_expiration_days:
        options += ["require_partition_filter=TRUE", f"partition_expiration_days={table.partition_expiration_days}"]
    return (
        f"CREATE TABLE IF NOT EXISTS `{dataset}`.{table.name} (\n  {_columns(table.columns)}\n)\n"
        f"PARTITION BY DATE(`{table.partition_by}`)\n"
        f"CLUSTER BY {', '.join(table.cluster_by)}\n"
        f"OPTIONS({', '.join(options)})"
    )


def alter_table(name: str, added: Iterable[Column], grown: Iterable[Column], dataset: str) -> str:
    """Return the statement that adds columns to a table; new fields of a record have none, only a call."""
    lines = [f"-- tables.update: {column.name} becomes {_type(column)}" for column in grown]
    if added:
        lines.append(f"ALTER TABLE `{dataset}`.{name}")
        lines.append("  " + ",\n  ".join(f"ADD COLUMN {_column(column)}" for column in added))
    return "\n".join(lines)


def body(view: View, dataset: str) -> str:
    """Return the query of a view, or of a table function, as BigQuery is to keep it."""
    return kept(view.render(dataset)).strip()


def create_relation(view: View, dataset: str) -> str:
    """Return the statement that makes a view, or a table function."""
    name = f"`{dataset}`.{view.name}"
    if isinstance(view, Routine):
        arguments = ", ".join(f"{argument} {kind}" for argument, kind in view.arguments)
        return f"CREATE OR REPLACE TABLE FUNCTION {name}({arguments})\nAS (\n{body(view, dataset)}\n)"
    return f"CREATE OR REPLACE VIEW {name}\nOPTIONS(description={_text(view.description)})\nAS\n{body(view, dataset)}"


def _columns(columns: Iterable[Column]) -> str:
    return ",\n  ".join(_column(column) for column in columns)


def _column(column: Column) -> str:
    required = " NOT NULL" if column.mode == "REQUIRED" else ""
    return f"`{column.name}` {_type(column)}{required} OPTIONS(description={_text(column.description)})"


def _type(column: Column) -> str:
    kind = column.type
    if column.fields:
        kind = f"STRUCT<{', '.join(_column(field) for field in column.fields)}>"
    return f"ARRAY<{kind}>" if column.mode == "REPEATED" else kind


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
