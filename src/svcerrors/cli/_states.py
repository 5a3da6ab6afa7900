"""Verbs that change the state of a group: acknowledge, resolve, mute, reopen."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from svcerrors.cli._output import warehouse_option
from svcerrors.ops.since import until as time_to_come
from svcerrors.ops.states import say, speaker
from svcerrors.ops.warehouses import open_warehouse

__all__ = ["COMMANDS"]

F = TypeVar("F", bound=Callable[..., Any])


def _said(command: F) -> F:
    """Add the argument and the options that every verb here has."""
    for option in (
        click.option("--note", metavar="TEXT", help="Why, in words."),
        click.option("--owner", metavar="NAME", help="Who takes care of it."),
        click.option("--by", metavar="NAME", help="Who says it: you, as gcloud or the machine knows you."),
        click.argument("fingerprint"),
        warehouse_option,
    ):
        command = option(command)
    return command


def _say(fingerprint: str, state: str, warehouse: str, by: str | None, **more: Any) -> None:
    row = say(open_warehouse(warehouse), fingerprint, state, by=by or speaker(os.environ), **more)
    click.echo(f"{row['fingerprint']} is {state}, says {row['by']}", err=True)


@click.command()
@_said
def acknowledge(fingerprint: str, warehouse: str, **said: str | None) -> None:
    """Say that someone takes care of a group; the beginning of a fingerprint is enough."""
    _say(fingerprint, "acknowledged", warehouse, **said)


@click.command()
@_said
def resolve(fingerprint: str, warehouse: str, **said: str | None) -> None:
    """Say that a group is mended: if it comes back in a revision that is newer than those seen, it has regressed."""
    _say(fingerprint, "resolved", warehouse, **said)


@click.command()
@click.option("--until", "end", metavar="WHEN", help="When it ends: 90m, 12h, 30d, or a time (2026-02-01T08:00, UTC).")
@click.option("--count", type=click.IntRange(min=1), help="After how many more occurrences it ends.")
@_said
def mute(fingerprint: str, warehouse: str, end: str | None, count: int | None, **said: str | None) -> None:
    """Let a group fire no alert, until a time, a count, whichever comes first, or for ever."""
    _say(fingerprint, "muted", warehouse, until=time_to_come(end) if end else None, until_count=count, **said)


@click.command()
@_said
def reopen(fingerprint: str, warehouse: str, **said: str | None) -> None:
    """Take back what was said of a group: it is open again."""
    _say(fingerprint, "open", warehouse, **said)


COMMANDS = (acknowledge, resolve, mute, reopen)
