"""Verbs that run things on this machine: demo, dev, run."""

import signal
import sys
import tempfile
import time

import click

from svcerrors._launch import launch
from svcerrors.cli._output import console, show_table, warehouse_option
from svcerrors.cli._read import print_listing
from svcerrors.ops import demo as the_demo
from svcerrors.ops import dev as the_dev

__all__ = ["COMMANDS"]

_port = click.option("--port", type=click.IntRange(1, 65_535), help="Where the sink listens; a free port unless given.")

_SHOWN = (
    ("Groups", "error_groups", "no errors"),
    ("Start-up failures", "startup_failures", "every service starts"),
    ("Health", "service_health", "no service has been seen"),
    ("Alerts", "alerts", "nothing fires"),
)


@click.command()
@_port
@click.option("--warehouse", metavar="ADDRESS", help="Where the rows go; a new temporary folder unless given.")
def demo(port: int | None, warehouse: str | None) -> None:
    """Play the incident on this machine, with real processes, and show what was seen of it."""
    signal.signal(signal.SIGTERM, _leave)
    began = time.monotonic()
    where = warehouse or f"duckdb:{tempfile.mkdtemp(prefix='svcerrors-demo-')}"
    console().print(f"rows go to {where}\n", soft_wrap=True)
    arrivals = the_demo.run(where, lambda line: console().print(f"▸ {line}"), port=port)
    for title, view, empty in _SHOWN:
        console().print(f"\n[bold]{title}[/bold]")
        print_listing(where, view, 50, "table", empty)
    console().print("\n[bold]From the process's write to a row that could be queried[/bold]")
    shown = [(one.service_name, one.error_type, f"{one.seconds * 1000:.0f} ms") for one in arrivals]
    show_table(("service_name", "error_type", "after"), shown, empty="no errors")
    console().print(
        f"\n{time.monotonic() - began:.0f} s in all. Look on: svcerrors groups --warehouse {where}", soft_wrap=True
    )


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
@click.option("--service", help="Name of the service; the folder's unless given.")
@click.option("--job", is_flag=True, help="It is a job, not a service.")
@_port
@warehouse_option
def dev(command: tuple[str, ...], service: str | None, job: bool, port: int | None, warehouse: str) -> None:  # noqa: FBT001
    """Run a service or job under the whole chain; its errors are rows at once.

    It is told its own port in PORT; `{port}` in an argument stands for it.
    """
    signal.signal(signal.SIGTERM, _leave)
    code = the_dev.run(
        command,
        where=warehouse,
        tell=lambda line: click.echo(f"svcerrors: {line}", err=True),
        echo=click.echo,
        name=service,
        kind="job" if job else "service",
        port=port,
    )
    sys.exit(1 if code else 0)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
def run(command: tuple[str, ...]) -> None:
    """Start a Python program with svcerrors in it before its first import.

    An import that fails is then a full record, and not only text. The program takes the place of this one, with
    SVCERRORS_AUTO=1 in its environment, which does the same where no command can be changed. It must be run by the
    Python that svcerrors is installed in, and needs no extra there.
    """
    launch(command)


def _leave(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)


COMMANDS = (demo, dev, run)
