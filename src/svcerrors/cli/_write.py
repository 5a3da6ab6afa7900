"""Verbs that read log entries and make tables: parse, ingest, apply, replay."""

import json
import sys
from typing import BinaryIO, NoReturn

import click

from svcerrors.cli._output import show, warehouse_option
from svcerrors.ops.entries import read_entries
from svcerrors.ops.ingest import Ingested
from svcerrors.ops.ingest import ingest as ingest_entries
from svcerrors.ops.replay import replay as replay_quarantine
from svcerrors.ops.since import since
from svcerrors.ops.warehouses import open_ready, open_warehouse
from svcerrors.sink import records

__all__ = ["COMMANDS", "conclude"]

FAILED = 1
COMPLAINTS = 5
"""Lines that are said of what could not be read; the rest is counted."""

_file = click.argument("file", type=click.File("rb"), default="-")


@click.command()
@_file
def parse(file: BinaryIO) -> None:
    """Turn log entries (JSON lines, or the array of `gcloud logging read --format=json`) into rows; store nothing."""
    faults: list[str] = []
    for number, delivery in enumerate(read_entries(file), 1):
        for record in records(delivery, "backfill"):
            row = {"table": record.table, **record.row()}
            click.echo(json.dumps(row, ensure_ascii=False))
            if "raw" in row:
                faults.append(f"entry {number}: {row['reason']}")
    _complain(faults, len(faults))
    sys.exit(FAILED if faults else 0)


@click.command()
@_file
@warehouse_option
def ingest(file: BinaryIO, warehouse: str) -> None:
    """Store log entries (JSON lines, or the array of `gcloud logging read --format=json`) as rows."""
    done = ingest_entries(file, open_ready(warehouse))
    conclude(done, "did gcloud print an error?")


def conclude(done: Ingested, hint: str) -> NoReturn:
    """Say what entries gave, and leave; exit 1 when some could not be read.

    Args:
        done: What they gave.
        hint: What is said when there was none.
    """
    rejected = done.rows["service_errors_rejected"]
    _complain(done.faults, rejected)
    rows = ", ".join(f"{count} rows of {table}" for table, count in sorted(done.rows.items()) if count) or "no row"
    click.echo(f"{done.entries} entries gave {rows}; {'see `svcerrors groups`' if done.entries else hint}", err=True)
    sys.exit(FAILED if rejected else 0)


def _complain(faults: list[str], count: int) -> None:
    for fault in faults[:COMPLAINTS]:
        click.echo(f"svcerrors: {fault}; it became a row of service_errors_rejected", err=True)
    if count > len(faults[:COMPLAINTS]):
        more = count - len(faults[:COMPLAINTS])
        click.echo(f"svcerrors: {more} more in service_errors_rejected: `svcerrors query rejects` says why", err=True)


@click.command()
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@click.option("--sql", is_flag=True, help="With --dry-run: print every statement; without --adopt it asks no one.")
@click.option("--adopt", is_flag=True, help="Make ours of a table service_errors that the team already has.")
@warehouse_option
def apply(warehouse: str, dry_run: bool, sql: bool, adopt: bool) -> None:  # noqa: FBT001  # click gives flags so
    """Create or upgrade the tables and views; doing it again changes nothing.

    With --adopt, the table that is there is set aside as service_errors_adopted, its rows are copied in, and the view
    service_errors_as_before shows what comes later in its old form. Doing it again goes on where it broke off, and
    copies what was written meanwhile.
    """
    if sql and not dry_run:
        raise click.UsageError("--sql goes with --dry-run.")
    store = open_warehouse(warehouse)
    if sql:
        for change in store.plan(adopt=True) if adopt else store.statements():
            click.echo(f"-- {change.action} {change.name}\n{change.sql};\n")
        return
    changes = store.plan(adopt=adopt) if dry_run else store.apply(adopt=adopt)
    show(("action", "name"), [(change.action, change.name) for change in changes], None, empty="everything is in place")


@click.command()
@click.option("--since", "span", default="30d", show_default=True, metavar="SPAN", help="How far back: 90m, 12h, 30d.")
@click.option("--dry-run", is_flag=True, help="Store nothing; say what would be.")
@warehouse_option
def replay(warehouse: str, span: str, dry_run: bool) -> None:  # noqa: FBT001  # click gives flags so
    """Send what is in quarantine through the parser again, after a fix; doing it again stores nothing more."""
    done = replay_quarantine(open_warehouse(warehouse), since(span), is_trial=dry_run)
    counts = ", ".join(f"{count} rows of {table}" for table, count in sorted(done.rows.items())) or "no row"
    click.echo(
        f"{done.messages} messages in quarantine {'would give' if dry_run else 'gave'} {counts}; "
        f"{done.known} rows were there already; {done.left} messages stay",
        err=True,
    )


COMMANDS = (parse, ingest, apply, replay)
