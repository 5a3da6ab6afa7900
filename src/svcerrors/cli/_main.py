"""The group of all verbs, and one place where errors become one line and an exit code."""

import os
import sys

import click

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors._redact import use_emails
from svcerrors._rules import use_rules
from svcerrors.cli import (
    _alerts,
    _backfill,
    _canary,
    _check,
    _deploy,
    _doctor,
    _expect,
    _local,
    _read,
    _sink,
    _states,
    _write,
)

__all__ = ["cli", "run"]

FAILED, USAGE = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="svcerrors")
@click.option("--warehouse", metavar="ADDRESS", help="duckdb:FOLDER or bigquery:PROJECT.DATASET, for any verb.")
@click.pass_context
def cli(context: click.Context, warehouse: str | None) -> None:
    """See every error of every service, from its line on stdout to a group, its health and an alert.

    Rows are kept in the warehouse that --warehouse names, else SVCERRORS_WAREHOUSE, else duckdb:.svcerrors.

    Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 findings (with --fail-on).
    """
    use_rules(os.environ)
    use_emails(os.environ)
    context.obj = warehouse


for _module in (_local, _read, _alerts, _states, _write, _backfill, _expect, _check, _deploy, _doctor, _canary, _sink):
    for _command in _module.COMMANDS:
        cli.add_command(_command)


def run() -> None:
    """Run the command line; every error is one line on stderr."""
    try:
        sys.exit(cli.main(prog_name="svcerrors", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        _fail("stopped", 130)
    except click.exceptions.NoArgsIsHelpError as exc:
        click.echo(exc.format_message(), err=True)
        sys.exit(USAGE)
    except click.UsageError as exc:
        _fail(f"{exc.format_message()} See `{exc.ctx.command_path if exc.ctx else 'svcerrors'} --help`.", USAGE)
    except click.ClickException as exc:
        _fail(exc.format_message(), FAILED)
    except UsageError as exc:
        _fail(str(exc), USAGE)
    except SvcErrorsError as exc:
        _fail(str(exc), FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)


def _fail(message: str, code: int) -> None:
    line = " ".join(message.split())
    click.echo(f"svcerrors: {line}", err=True)
    sys.exit(code)
