"""Verbs that read: groups, show, health, alerts, query."""

import sys

import click

from svcerrors.cli._output import console, output_options, show, warehouse_option
from svcerrors.ops import read
from svcerrors.ops.warehouses import open_warehouse

__all__ = ["COMMANDS"]

FINDINGS = 3

_limit = click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows at most.")

_TABLE_COLUMNS = {
    "error_groups": ("fingerprint", "error_type", "error_message", "culprit", "occurrences", "last_seen", "services"),
    "service_health": ("service_name", "status", "reason", "last_success", "failures_24h"),
    "alerts": ("severity", "rule", "title", "last_seen", "occurrences"),
    "startup_failures": (
        "service_name",
        "revision",
        "error_type",
        "missing_module",
        "culprit",
        "first_seen",
        "occurrences",
    ),
}


def print_listing(where: str, view: str, limit: int, form: str | None, empty: str) -> list[dict[str, object]]:
    """Print a view, and return its rows; a table shows the columns that fit a screen, the other forms show all."""
    found = read.listing(open_warehouse(where), view, limit)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    is_table = form == "table" or (form is None and sys.stdout.isatty())
    columns = _TABLE_COLUMNS[view] if is_table else found.columns
    show(columns, [[row[name] for name in columns] for row in rows], form, empty=empty)
    return rows


@click.command()
@_limit
@warehouse_option
@output_options
def groups(warehouse: str, limit: int, form: str | None) -> None:
    """List the error groups of the last 90 days, the latest first."""
    print_listing(warehouse, "error_groups", limit, form, "no errors in the last 90 days")


@click.command()
@click.argument("fingerprint")
@warehouse_option
@output_options
def show_group(fingerprint: str, warehouse: str, form: str | None) -> None:
    """Show one group with its newest incident; the beginning of a fingerprint is enough."""
    found = read.group(open_warehouse(warehouse), fingerprint)
    if form or not sys.stdout.isatty():
        show(tuple(found), [tuple(found.values())], form, empty="")
        return
    trace = found.pop("stack_trace")
    show(("", ""), list(found.items()), "table", empty="")
    console().print(trace or "no stack trace", markup=False)


@click.command()
@_limit
@warehouse_option
@output_options
def health(warehouse: str, limit: int, form: str | None) -> None:
    """Say how each service fares, and why; the worst first."""
    print_listing(warehouse, "service_health", limit, form, "no service has been seen")


@click.command()
@_limit
@click.option(
    "--fail-on",
    type=click.Choice(read.SEVERITIES[4:], case_sensitive=False),
    help="Exit 3 if one of this severity fires.",
)
@warehouse_option
@output_options
def alerts(warehouse: str, limit: int, fail_on: str | None, form: str | None) -> None:
    """List what fires now."""
    rows = print_listing(warehouse, "alerts", limit, form, "nothing fires")
    if fail_on and any(read.at_least(str(row["severity"]), fail_on.upper()) for row in rows):
        sys.exit(FINDINGS)


@click.command()
@click.argument("name_or_sql")
@click.option("--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the question.")
@warehouse_option
@output_options
def query(name_or_sql: str, params: tuple[str, ...], warehouse: str, form: str | None) -> None:
    """Answer a stored question by its name, or run a GoogleSQL query over the views."""
    for word in params:
        if "=" not in word:
            raise click.UsageError(f"--param takes NAME=VALUE, not {word!r}.")
    given = dict(word.split("=", 1) for word in params)
    found = read.ask(open_warehouse(warehouse), name_or_sql, given)
    show(found.columns, found.rows, form, empty="no rows")


show_group.name = "show"
COMMANDS = (groups, show_group, health, alerts, query)
