"""Verbs that deploy: bundle."""

import click

from svcerrors.ops.bundle import bundle as make_bundle

__all__ = ["COMMANDS"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False), help="The wheel of svcerrors to put in.")
def bundle(folder: str, wheel: str | None) -> None:
    """Make the self-contained folder to deploy the sink from."""
    for path in make_bundle(folder, wheel):
        click.echo(path)


COMMANDS = (bundle,)
