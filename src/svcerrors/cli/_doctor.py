"""A verb that looks at the whole chain: doctor."""

import os
import sys

import click

from svcerrors.cli._output import is_table, output_options, show, show_table, warehouse_option
from svcerrors.ops.doctor import BROKEN, Chain, Finding, examine
from svcerrors.ops.warehouses import open_warehouse

__all__ = ["COMMANDS"]

FAILED = 1


@click.command()
@click.option("--sink", metavar="URL", help="Where the sink is; where the subscription pushes to unless given.")
@click.option(
    "--logs-from", multiple=True, metavar="PARENT", help="As of deploy.sh; the dataset's project unless given."
)
@warehouse_option
@output_options
def doctor(warehouse: str, sink: str | None, logs_from: tuple[str, ...], form: str | None) -> None:
    """Look at every link of the chain; say of each that is broken what to do. Exit 1 if one is.

    What was deployed is looked at by gcloud, as whoever is logged in there.
    """
    chain = Chain(warehouse, open_warehouse(warehouse), os.environ, sink, logs_from)
    found = list(examine(chain))
    if is_table(form):
        show_table(("link", "status", ""), found, empty="", narrow=("link", "status"))
    else:
        show(Finding._fields, found, form, empty="")
    if any(finding.status == BROKEN for finding in found):
        sys.exit(FAILED)


COMMANDS = (doctor,)
