"""Statements in GoogleSQL that make our tables and views."""

from collections.abc import Iterable

from svcerrors._schema import Column, Table, View, relations
from svcerrors.warehouse._written_out import view_written_out

__all__ = ["alter_table", "create_dataset", "create_table", "create_view", "views"]


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


def views() -> dict[str, View]:
    """Return every view that a dataset has, by name: steps are written out in the views that read them."""
    return {name: view for name, view in relations().items() if not view.is_step}


def create_view(view: View, dataset: str) -> str:
    """Return the statement that makes a view."""
    body = view_written_out(view, dataset)
    return f"CREATE OR REPLACE VIEW `{dataset}`.{view.name}\nOPTIONS(description={_text(view.description)})\nAS\n{body}"


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
