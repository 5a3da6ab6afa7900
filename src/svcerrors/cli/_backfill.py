"""The verb that reads Cloud Logging's past: backfill."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from svcerrors._errors import UsageError
from svcerrors.cli._output import warehouse_option
from svcerrors.cli._write import conclude
from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.backfill.backfill import backfill as read_past
from svcerrors.ops.backfill.journal import Journal
from svcerrors.ops.backfill.pages import Logs
from svcerrors.ops.backfill.quota import Clock, Quota
from svcerrors.ops.backfill.window import Window, resource_names, rfc3339
from svcerrors.ops.ingest import Ingested
from svcerrors.ops.since import since
from svcerrors.ops.warehouses import open_ready
from svcerrors.sink import Intake
from svcerrors.sink.settings import Settings

__all__ = ["COMMANDS"]


@click.command()
@click.option("--since", "span", default="7d", show_default=True, metavar="SPAN", help="How far back: 90m, 12h, 30d.")
@click.option("--project", "projects", multiple=True, metavar="ID", help="May be given more than once.")
@click.option("--resource", "resources", multiple=True, metavar="NAME", help="A folder, or a view of a log bucket.")
@click.option("--filter", "wanted", metavar="FILTER", help="Instead of that of docs/filter.md.")
@click.option("--endpoint", metavar="URL", help="Where Cloud Logging's API is, unless at its usual address.")
@warehouse_option
def backfill(
    span: str,
    projects: tuple[str, ...],
    resources: tuple[str, ...],
    wanted: str | None,
    endpoint: str | None,
    warehouse: str,
) -> None:
    """Read Cloud Logging's past into rows, as if the sink had been there; docs/backfill.md.

    Broken off, the same command goes on where it was. It asks sixty times a minute at most, for a thousand entries each
    time. The project is GOOGLE_CLOUD_PROJECT unless given.
    """
    if not (projects or resources):
        projects = tuple(filter(None, [os.environ.get("GOOGLE_CLOUD_PROJECT")]))
    names = resource_names(projects, resources)
    rate = Settings.read(os.environ).sample_rate
    window = Window(names, wanted or inclusion_filter(sample_rate=rate), since(span), datetime.now(UTC))
    logs = _logs(names, endpoint)
    intake = Intake(open_ready(warehouse), source="backfill", sample_rate=rate)
    journal = Journal(warehouse, window)
    if (begin := journal.begin()) != rfc3339(window.since):
        click.echo(f"goes on at {begin}, as {journal.path} says", err=True)
    with _progress() as tell:
        done = read_past(logs, intake, window, journal, tell, Clock(tell=_waits))
    conclude(done, "is the filter right, and the window?")


def _logs(names: tuple[str, ...], endpoint: str | None) -> Logs:
    try:
        from svcerrors.ops.backfill.cloud_logging import CloudLogging  # noqa: PLC0415  # of an extra, and takes 0.8 s
    except ModuleNotFoundError as exc:
        raise UsageError(f"backfill needs {exc.name}: pip install 'svcerrors[backfill]'") from exc
    return CloudLogging(names, Quota(Clock()), endpoint)


def _waits(seconds: float, why: Exception) -> None:
    click.echo(f"svcerrors: {why}; again within {seconds:.0f} s", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[float, Ingested], None]]:
    """Show on a terminal how far it is; say nothing off it."""
    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as shown:
        task = shown.add_task("", total=1.0)

        def tell(part: float, done: Ingested) -> None:
            errors = done.rows["service_errors"]
            shown.update(task, completed=part, description=f"{done.entries} entries, {errors} rows of errors")

        yield tell
        shown.update(task, completed=1.0)


COMMANDS = (backfill,)
