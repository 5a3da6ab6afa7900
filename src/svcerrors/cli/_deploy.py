"""Verbs that deploy: bundle."""

import click

from svcerrors.ops.bundle import WRITERS
from svcerrors.ops.bundle import bundle as make_bundle

__all__ = ["COMMANDS"]


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
def bundle(folder: str, wheel: str | None, writer: str) -> None:
    """Make the self-contained folder to deploy the sink from."""
    for path in make_bundle(folder, wheel, writer):
        click.echo(path)


COMMANDS = (bundle,)
