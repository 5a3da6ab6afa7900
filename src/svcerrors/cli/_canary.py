"""A verb that proves the chain: canary."""

import click

from svcerrors._errors import UsageError
from svcerrors.cli._output import warehouse_option
from svcerrors.ops import canary as canaries
from svcerrors.ops.canary_paths import CloudLogging, LocalPath
from svcerrors.ops.local.chain import LocalChain
from svcerrors.ops.warehouses import open_ready

__all__ = ["COMMANDS"]


@click.command()
@click.option("--heartbeat", is_flag=True, help="Send a heartbeat, which is no error.")
@click.option("--timeout", type=click.FloatRange(1, 3_600), default=120.0, show_default=True, metavar="SECONDS")
@click.option("--project", metavar="ID", help="Whose Cloud Logging; the project of the dataset unless given.")
@warehouse_option
def canary(warehouse: str, timeout: float, project: str | None, heartbeat: bool) -> None:  # noqa: FBT001  # click gives flags so
    """Send an error of our own through the whole path and wait for its row; if none comes, say which link is silent.

    For a dataset of BigQuery gcloud writes it to Cloud Logging; for a local warehouse a chain is started, and it goes
    through that. It is of the category no_data_available, which pages nobody.
    """
    sent = canaries.heartbeat() if heartbeat else canaries.error()
    kind, _, where = warehouse.partition(":")
    store = open_ready(warehouse)
    if kind != "duckdb":
        seconds = canaries.fly(sent, CloudLogging(project or where.partition(".")[0]), store, timeout)
    elif project:
        raise UsageError("--project goes with a dataset of BigQuery")
    else:
        with LocalChain(warehouse) as chain:
            seconds = canaries.fly(sent, LocalPath(chain), store, timeout)
    click.echo(f"the {'heartbeat' if heartbeat else 'error'} {sent.number} was a row after {seconds:.1f} s", err=True)


COMMANDS = (canary,)
