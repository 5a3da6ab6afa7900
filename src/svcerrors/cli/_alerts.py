"""The verb alerts: what fires, told where it is to be told; and the proof that it can fire."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import astuple

import click

from svcerrors._errors import SvcErrorsError
from svcerrors.cli._output import output_options, show, warehouse_option
from svcerrors.cli._read import limit_option, print_listing
from svcerrors.ops import read
from svcerrors.ops.alerts.emit import emit
from svcerrors.ops.expect.dated import refresh
from svcerrors.ops.expect.watch import look
from svcerrors.ops.proofs.prove import prove
from svcerrors.ops.warehouses import open_ready, open_warehouse, project_of

__all__ = ["COMMANDS"]

FAILED, FINDINGS = 1, 3


@click.group(invoke_without_command=True)
@limit_option
@click.option(
    "--fail-on",
    type=click.Choice(read.SEVERITIES[4:], case_sensitive=False),
    help="Exit 3 if one of this severity fires.",
)
@click.option("--emit", "is_emitted", is_flag=True, help="Send what is due to its routes; exit 1 if one fails.")
@warehouse_option
@output_options
@click.pass_context
def alerts(
    context: click.Context,
    warehouse: str,
    limit: int,
    fail_on: str | None,
    is_emitted: bool,  # noqa: FBT001  # click gives flags so
    form: str | None,
) -> None:
    """List what fires now, or send it to its routes."""
    if context.invoked_subcommand:
        return
    if not is_emitted:
        print_listing(warehouse, "alerts", limit, form, "nothing fires")
    elif not _emit(warehouse):
        sys.exit(FAILED)
    if fail_on and read.fires(open_warehouse(warehouse), fail_on.upper()):
        sys.exit(FINDINGS)


def _emit(where: str) -> bool:
    """Send what is due, say on stderr what became of it; tell whether every route took what it was to take."""
    store, project = open_warehouse(where), project_of(where)
    steps: list[Callable[[], object]] = [lambda: refresh(store)]
    if project:
        steps.append(lambda: look(store, project))
    faults = _faults(steps)
    try:
        report = emit(store, os.environ)
    except SvcErrorsError as exc:
        faults.pop(str(exc), None)
        raise
    finally:
        for fault in faults:
            click.echo(f"svcerrors: {fault}", err=True)
    sent = ", ".join(f"{count} {kind}" for kind, count in sorted(report.sent().items()))
    click.echo(f"told: {sent or 'nothing is due'}", err=True)
    for route, failure in sorted(report.failures.items()):
        click.echo(f"svcerrors: route {route}: {failure}", err=True)
    return not faults and not report.failures


def _faults(steps: Iterable[Callable[[], object]]) -> dict[str, None]:
    """Renew what is expected, and what starts it; return once each why not: that must hinder no alert."""
    found: dict[str, None] = {}
    for step in steps:
        try:
            step()
        except SvcErrorsError as exc:
            found[str(exc)] = None
    return found


@alerts.command()
@warehouse_option
@output_options
def test(warehouse: str, form: str | None) -> None:
    """Prove that every rule can fire, can stay quiet, and has a route; exit 1 if one does not.

    For each rule, the smallest history that must fire it and its nearest that must not go into a scratch store beside
    the warehouse, through the same views, with the thresholds of the warehouse's own policy.
    """
    verdicts = list(prove(open_ready(warehouse), os.environ))
    shown = [(*astuple(one)[:5], one.fault is None, one.fault or one.note) for one in verdicts]
    columns = ("rule", "service_name", "threshold", "window_minutes", "route", "is_proved", "why")
    show(columns, shown, form, empty="there is no rule")
    if any(one.fault for one in verdicts):
        sys.exit(FAILED)


COMMANDS = (alerts,)
