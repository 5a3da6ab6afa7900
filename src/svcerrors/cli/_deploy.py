"""Verbs that deploy: bundle, plan."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from svcerrors.cli._output import is_table, output_options, show, show_table
from svcerrors.ops import plan as plans
from svcerrors.ops.bundle import ALERT_JOB, WORKER, WRITERS
from svcerrors.ops.bundle import bundle as make_bundle

__all__ = ["COMMANDS"]


_OTHERS = {"job": ALERT_JOB, "worker": WORKER}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False), help="The wheel of svcerrors to put in.")
@click.option(
    "--writer",
    type=click.Choice(tuple(WRITERS)),
    default="insertAll",
    show_default=True,
    help="By what the sink writes; storage, for bigquery+storage:PROJECT.DATASET, brings grpc.",
)
@click.option("--job", "other", flag_value="job", help="The folder of the job that sends alerts instead.")
@click.option("--worker", "other", flag_value="worker", help="The folder of the worker that pulls instead.")
def bundle(folder: str, wheel: str | None, writer: str, other: str | None) -> None:
    """Make the self-contained folder to deploy the sink from."""
    for path in make_bundle(folder, wheel, _OTHERS[other] if other else WRITERS[writer]):
        click.echo(path)


@click.command(context_settings={"ignore_unknown_options": True}, options_metavar="[--rate N] OPTIONS OF deploy.sh")
@click.option("--rate", type=click.FloatRange(0), default=1.0, show_default=True, help="Log entries a second.")
@click.option("--alert-minutes", type=click.IntRange(1, 10), default=2, show_default=True, help="As of deploy.sh.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="")
@output_options
def plan(options: tuple[str, ...], rate: float, alert_minutes: int, form: str | None) -> None:
    """Say what a deployment would make, by which commands, and what that costs in a month; nothing is asked or made.

    It needs --project, --region and --notify MAIL; --undo plans the way back. `bash deploy.sh --help` lists the others.
    """
    given = (*options, "--alert-minutes", str(alert_minutes))
    steps = plans.steps(given)
    lines = [] if "--undo" in options else plans.costs_of(rate, alert_minutes)
    if is_table(form):
        _print_plan(steps, lines, f"a month at {rate:g} log entries a second")
    else:
        rows: list[tuple[Any, ...]] = [
            ("command", step.why, command, None) for step in steps for command in step.commands
        ]
        rows += [("cost", line.what, None, round(line.dollars, 2)) for line in lines]
        show(("kind", "what", "command", "dollars_a_month"), rows, form, empty="")
    click.echo(f"to do it: {shlex.join([*_python(), 'bash', str(plans.script()), *given])}", err=True)


def _python() -> list[str]:
    """Return how to name this Python to deploy.sh, where python3 is another."""
    is_found = shutil.which("python3") == str(Path(sys.executable).with_name("python3"))
    return [] if is_found else [f"PYTHON={sys.executable}"]


def _print_plan(steps: Sequence[plans.Step], lines: Sequence[plans.Line], title: str) -> None:
    for step in steps:
        click.echo("\n".join([f"# {step.why}", *step.commands, ""]))
    if lines:
        show_table((title, "$"), [(line.what, f"{line.dollars:,.2f}") for line in lines], empty="", narrow=("$",))


COMMANDS = (bundle, plan)
