"""Verbs that deploy: bundle."""

import click

from svcerrors.ops.bundle import ALERT_JOB, WRITERS
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
@click.option("--job", "is_job", is_flag=True, help="The folder of the job that sends alerts instead.")
def bundle(folder: str, wheel: str | None, writer: str, is_job: bool) -> None:  # noqa: FBT001  # click gives flags so
    """Make the self-contained folder to deploy the sink from."""
    for path in make_bundle(folder, wheel, ALERT_JOB if is_job else WRITERS[writer]):
        click.echo(path)


COMMANDS = (bundle,)
