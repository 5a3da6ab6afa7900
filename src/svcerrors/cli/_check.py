"""Verbs that look before a deployment: check-imports."""

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import click

from svcerrors.cli._output import output_options, show
from svcerrors.ops.check_imports import Finding, check

__all__ = ["COMMANDS"]

FINDINGS = 3
AT_ONCE = 4
"""Bundles that are installed at a time."""


def _github(one: Finding) -> str:
    return f"::{one.level} file={one.bundle}/{one.file},line={one.line}::{_told(one)}"


def _cloud_build(one: Finding) -> str:
    return f"{one.level.upper()}: {one.bundle}/{one.file}:{one.line}: {_told(one)}"


def _told(one: Finding) -> str:
    return one.message + (f"; {one.satisfied_by} would have satisfied it" if one.satisfied_by else "")


_ANNOTATIONS: Mapping[str, Callable[[Finding], str]] = {"github": _github, "cloud-build": _cloud_build}


@click.command()
@click.argument("bundles", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False), metavar="DIR…")
@click.option(
    "--target", default="main", show_default=True, metavar="NAME", help="The module that the platform imports."
)
@click.option("--static", "is_static", is_flag=True, help="Install nothing: judge only what the checkout itself holds.")
@click.option("--search", type=click.Path(exists=True, file_okay=False), help="Where to look for what is missing.")
@click.option("--annotate", type=click.Choice(sorted(_ANNOTATIONS)), help="Print annotations of a build service.")
@output_options
def check_imports(
    bundles: tuple[str, ...],
    target: str,
    is_static: bool,  # noqa: FBT001  # click gives flags so
    search: str | None,
    annotate: str | None,
    form: str | None,
) -> None:
    """Tell, before a deployment, which imports of assembled folders would fail, lazy ones too.

    Makes a clean environment of each folder's own requirements, imports its target there in isolation, and resolves
    every import in every file that the target reaches. Exit 3 on findings; an import under `except ImportError` is a
    warning, and none.
    """
    judge = partial(check, target=target, is_static=is_static, search=search)
    findings: list[Finding] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, (bundle, found) in enumerate(zip(bundles, pool.map(judge, bundles), strict=True), 1):
            errors = sum(one.level == "error" for one in found)
            click.echo(f"[{number}/{len(bundles)}] {bundle}: {errors or 'no'} error{'s' * (errors != 1)}", err=True)
            findings += found
    if annotate:
        for one in findings:
            click.echo(_ANNOTATIONS[annotate](one))
    else:
        show(Finding._fields, findings, form, empty="every import resolves")
    if any(one.level == "error" for one in findings):
        sys.exit(FINDINGS)


COMMANDS = (check_imports,)
