"""Verbs that look before a deployment: check-imports."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

import click

from svcerrors.cli._output import output_options, show
from svcerrors.ops.check_imports import NOT_JUDGED, Finding, check, start_of
from svcerrors.ops.check_imports.asking import IMPORT_SECONDS

__all__ = ["COMMANDS"]

FINDINGS = 3
AT_ONCE = 4
"""Bundles that are installed at a time."""


def _github(one: Finding) -> str:
    """https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    file = _escaped(_place(one)).replace(":", "%3A").replace(",", "%2C")
    return f"::{one.level} file={file},line={one.line}::{_escaped(_told(one))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cloud_build(one: Finding) -> str:
    return f"{one.level.upper()}: {_place(one)}:{one.line}: {' '.join(_told(one).split())}"


def _place(one: Finding) -> str:
    return Path(one.bundle, one.file).as_posix()


def _told(one: Finding) -> str:
    return one.message + (f"; {one.satisfied_by} would have satisfied it" if one.satisfied_by else "")


_ANNOTATIONS: Mapping[str, Callable[[Finding], str]] = {"github": _github, "cloud-build": _cloud_build}


@click.command()
@click.argument("bundles", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False), metavar="DIR…")
@click.option(
    "--target", default="main", show_default=True, metavar="NAME", help="The module that the platform imports."
)
@click.option("--static", "is_static", is_flag=True, help="Install nothing: judge by the files alone.")
@click.option("--search", type=click.Path(exists=True, file_okay=False), help="Where to look for what is missing.")
@click.option("--annotate", type=click.Choice(sorted(_ANNOTATIONS)), help="Print annotations of a build service.")
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3_600),
    default=IMPORT_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="In which all must be imported.",
)
@output_options
def check_imports(
    bundles: tuple[str, ...],
    target: str,
    is_static: bool,  # noqa: FBT001  # click gives flags so
    search: str | None,
    annotate: str | None,
    timeout: float,
    form: str | None,
) -> None:
    """Tell, before a deployment, which imports of assembled folders would fail, lazy ones too.

    Makes a clean environment of each folder's own requirements, imports its target there in isolation, and resolves
    every import in every file that the target reaches. Exit 3 on findings; an import under `except ImportError` is a
    warning, and none.
    """
    for bundle in bundles:
        start_of(bundle, target)
    findings = _judged(bundles, partial(check, target=target, is_static=is_static, search=search, seconds=timeout))
    if annotate:
        for one in findings:
            click.echo(_ANNOTATIONS[annotate](one))
    else:
        show(Finding._fields, findings, form, empty="every import resolves")
    if any(one.level == "error" for one in findings):
        sys.exit(FINDINGS)


def _judged(bundles: Sequence[str], judge: Callable[[str], list[Finding]]) -> list[Finding]:
    """Judge some at a time; say of each when it is done, and return what was found in the order of the bundles."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(judge, bundle): bundle for bundle in bundles}
        for number, done in enumerate(as_completed(running), 1):
            click.echo(f"[{number}/{len(bundles)}] {running[done]}: {_counted(done.result())}", err=True)
    return [one for done in running for one in done.result()]


def _counted(findings: Sequence[Finding]) -> str:
    errors = sum(one.level == "error" for one in findings)
    unjudged = sum(one.message.startswith(NOT_JUDGED) for one in findings)
    parts = [f"{errors or 'no'} error{'s' * (errors != 1)}"] if errors or not unjudged else []
    parts += [f"{NOT_JUDGED}: {unjudged} name{'s' * (unjudged != 1)}"] if unjudged else []
    return ", ".join(parts)


COMMANDS = (check_imports,)
