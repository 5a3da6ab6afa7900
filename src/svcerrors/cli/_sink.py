"""Verbs of the sink: sink pull."""

import os

import click

from svcerrors.cli._output import warehouse_option
from svcerrors.ops.pull import pull as pull_subscription

__all__ = ["COMMANDS"]


@click.group()
def sink() -> None:
    """The sink, other than behind a push subscription."""


@sink.command()
@click.argument("subscription", metavar="projects/PROJECT/subscriptions/NAME")
@click.option(
    "--metrics-every",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="A line of metrics on stdout, so often.",
)
@warehouse_option
def pull(subscription: str, metrics_every: float, warehouse: str) -> None:
    """Pull a subscription and store what it delivers, until SIGTERM; acknowledge what is stored."""
    pull_subscription(subscription, warehouse, os.environ, metrics_every)


COMMANDS = (sink,)
