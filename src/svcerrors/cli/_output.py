"""How results are shown: a table on a terminal, JSON lines off it, CSV on request."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from svcerrors.ops.warehouses import address

__all__ = ["console", "is_table", "output_options", "show", "show_table", "warehouse_option"]

F = TypeVar("F", bound=Callable[..., Any])

WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""

CELL = 160
"""Characters of a value that a table shows."""

_COLOURS = {
    "CRITICAL": "bold red",
    "UNHEALTHY": "bold red",
    "ERROR": "red",
    "STALE": "yellow",
    "DEGRADED": "yellow",
    "HEALTHY": "green",
}


def console() -> Console:
    """Return a console on the standard output of this moment; off a terminal it is WIDTH columns wide."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH
    return Console(file=sys.stdout, highlight=False, width=width)


def warehouse_option(command: F) -> F:
    """Add `--warehouse`; the command is given the address that counts."""

    def chosen(context: click.Context, _: click.Parameter, given: str | None) -> str:
        return address(given or context.find_root().obj, os.environ)

    return click.option(
        "--warehouse", callback=chosen, metavar="ADDRESS", help="duckdb:FOLDER or bigquery:PROJECT.DATASET."
    )(command)


def output_options(command: F) -> F:
    """Add `--json`, `--csv` and `--table`; the command is given `form`."""
    for name, text in (("csv", "Comma-separated values."), ("json", "JSON lines."), ("table", "A table.")):
        command = click.option(f"--{name}", "form", flag_value=name, help=text)(command)
    return command


def is_table(form: str | None) -> bool:
    """Tell whether results are shown as a table: asked for, or unasked on a terminal."""
    return form == "table" or (form is None and sys.stdout.isatty())


def show(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str | None, *, empty: str, is_headed: bool = True
) -> None:
    """Print rows in the form asked for; unasked, a table on a terminal and JSON lines off it.

    Args:
        columns: Their names.
        rows: Values as the warehouse gives them.
        form: `json`, `csv`, `table` or None.
        empty: What a table says when there is no row.
        is_headed: Whether CSV begins with the names of the columns.
    """
    if is_table(form):
        show_table(columns, list(rows), empty=empty)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        if is_headed:
            writer.writerow(columns)
        writer.writerows([_flat(value) for value in row] for row in rows)
    else:
        for row in rows:
            click.echo(json.dumps(dict(zip(columns, row, strict=True)), default=_plain, ensure_ascii=False))


def show_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str, narrow: Sequence[str] = ()
) -> None:
    """Print a table for a person; the columns in `narrow` keep to one line."""
    if not rows:
        console().print(Text(empty, style="dim"))
        return
    table = Table(header_style="bold", show_header=any(columns))
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in narrow)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def _cell(value: Any) -> Text:
    text = _flat(value)
    return Text(text if len(text) <= CELL else text[: CELL - 1] + "…", style=_COLOURS.get(text, ""))


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
