"""Verbs that read: groups, show, tail, health, runs, query."""

import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

import click

from svcerrors._errors import WarehouseUnavailable
from svcerrors._schema import queries
from svcerrors.cli._output import console, is_table, output_options, show, show_table, warehouse_option
from svcerrors.cli._tables import TABLES
from svcerrors.ops import read
from svcerrors.ops.tail import Tail
from svcerrors.ops.warehouses import open_warehouse
from svcerrors.warehouse import Result

__all__ = ["COMMANDS", "limit_option", "print_listing"]

limit_option = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows at most."
)


def print_listing(where: str, view: str, limit: int, form: str | None, empty: str) -> list[dict[str, Any]]:
    """Print a view, and return its rows."""
    found = read.listing(open_warehouse(where), view, limit)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    if is_table(form):
        shown = TABLES[view]
        values = [[column.value(row) for column in shown] for row in rows]
        narrow = [column.title for column in shown if not column.wraps]
        show_table([column.title for column in shown], values, empty=empty, narrow=narrow)
    else:
        show(found.columns, found.rows, form, empty=empty)
    return rows


@click.command()
@limit_option
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
    if not is_table(form):
        show(tuple(found), [tuple(found.values())], form, empty="")
        return
    trace = found.pop("stack_trace")
    show_table(("", ""), list(found.items()), empty="", narrow=("",))
    console().print(trace or "no stack trace", markup=False)


@click.command()
@click.option("--pipeline", "view", flag_value="pipeline_health", help="Of each run, phase and processor.")
@click.option("--sink", "view", flag_value="sink_health", help="Of the path from an error to its row.")
@limit_option
@warehouse_option
@output_options
def health(view: str | None, warehouse: str, limit: int, form: str | None) -> None:
    """Say how each service fares, and why; the worst first."""
    print_listing(warehouse, view or "service_health", limit, form, "no service has been seen")


@click.command()
@click.option("--checks", "view", flag_value="run_checks", help="What was missing, stalled or late, of the manifest.")
@limit_option
@warehouse_option
@output_options
def runs(view: str | None, warehouse: str, limit: int, form: str | None) -> None:
    """List the runs and signs of life of the last 400 days, the latest first."""
    print_listing(warehouse, view or "runs", limit, form, "nothing to show")


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Print the last day's, the latest last, then each as it comes.")
@click.option("--every", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Seconds between looks.")
@limit_option
@warehouse_option
@output_options
def tail(warehouse: str, limit: int, form: str | None, follow: bool, every: float) -> None:  # noqa: FBT001  # click gives flags so
    """List the failures of the last 30 days, the latest first; with --follow, go on as they come.

    Followed, a failure is printed once, when it arrives, however late; one whose cause arrives after it is told again
    under its cause. Ctrl-C ends it.
    """
    if follow:
        with suppress(KeyboardInterrupt):
            _follow(Tail(open_warehouse(warehouse)), limit, form, every)
    else:
        print_listing(warehouse, "incidents", limit, form, "no failure in the last 30 days")


def _follow(source: Tail, limit: int, form: str | None, every: float) -> NoReturn:
    found = source.news()
    _print_news(Result(found.columns, found.rows[-limit:]), form, is_headed=True)
    while True:
        time.sleep(every)
        try:
            _print_news(source.news(), form, is_headed=False)
        except WarehouseUnavailable as exc:
            click.echo(f"svcerrors: {exc}; asking again", err=True)


def _print_news(found: Result, form: str | None, *, is_headed: bool) -> None:
    if is_table(form):
        for row in found.rows:
            named = dict(zip(found.columns, row, strict=True))
            click.echo("  ".join(" ".join(str(column.value(named) or "").split()) for column in TABLES["incidents"]))
    else:
        show(found.columns, found.rows, form, empty="", is_headed=is_headed)
        sys.stdout.flush()


@click.command()
@click.argument("name_or_sql", required=False)
@click.option("--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the question.")
@warehouse_option
@output_options
def query(name_or_sql: str | None, params: tuple[str, ...], warehouse: str, form: str | None) -> None:
    """Answer a stored question by its name, or run GoogleSQL over the views; without either list the questions."""
    if not name_or_sql:
        rows = [
            (one.name, " ".join(name for name, _, _ in one.parameters), one.description) for one in queries().values()
        ]
        show(("name", "parameters", "description"), rows, form, empty="there are none")
        return
    for word in params:
        if "=" not in word:
            raise click.UsageError(f"--param takes NAME=VALUE, not {word!r}.")
    given = dict(word.split("=", 1) for word in params)
    found = read.ask(open_warehouse(warehouse), name_or_sql, given)
    show(found.columns, found.rows, form, empty="no rows")


show_group.name = "show"
COMMANDS = (groups, show_group, tail, health, runs, query)
