"""The verb that says what is to run: expect."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, TypeVar

import click

from svcerrors._errors import UsageError
from svcerrors.cli._output import output_options, show, warehouse_option
from svcerrors.ops.expect.load import load_runs, load_triggers, missing_triggers
from svcerrors.ops.expect.loads import Change
from svcerrors.ops.expect.manifest import Manifest, read_manifest
from svcerrors.ops.expect.seed import seed
from svcerrors.ops.expect.triggers import LISTS, Trigger, read_triggers
from svcerrors.ops.expect.watch import ask_google
from svcerrors.ops.policy import load_policy, read_policy, rules
from svcerrors.ops.warehouses import open_ready, open_warehouse
from svcerrors.warehouse import Warehouse

__all__ = ["COMMANDS"]

FINDINGS = 3

F = TypeVar("F", bound=Callable[..., Any])


def _list_option(kind: str, name: str) -> Callable[[F], F]:
    told = f"What `{LISTS[kind]}` printed."
    return click.option(name, kind, type=click.File("rb"), multiple=True, metavar="FILE", help=told)


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@_list_option("scheduler", "--from-scheduler")
@_list_option("subscription", "--from-subscriptions")
@click.option("--from-project", "projects", multiple=True, metavar="ID", help="Ask Google Cloud itself for both lists.")
@click.option("--diff", is_flag=True, help="Store nothing; show what would change, and exit 3 if anything would.")
@warehouse_option
@output_options
def expect(
    file: BinaryIO | None,
    scheduler: Sequence[BinaryIO],
    subscription: Sequence[BinaryIO],
    projects: Sequence[str],
    diff: bool,  # noqa: FBT001  # click gives flags so
    warehouse: str,
    form: str | None,
) -> None:
    """Load the manifest of what is to run, and when; docs/expected-runs.md has its form.

    With lists of triggers: note which exist, and print a manifest of those that FILE lacks, to go on from. What was in
    the list before and is not in this one has vanished, so give the lists of every project and location at once.
    """
    lists = {"scheduler": scheduler, "subscription": subscription}
    if projects and any(lists.values()):
        raise click.UsageError("Give --from-project, or the lists themselves.")
    triggers = {kind: read_triggers(kind, _contents(files)) for kind, files in lists.items() if files}
    triggers |= _of_projects(projects) if projects else {}
    manifest = read_manifest(file.name, file.read()) if file else None
    if not (manifest or triggers):
        raise click.UsageError(
            "Give a manifest, --from-project, --from-scheduler, --from-subscriptions, or several of them."
        )
    found = _load(open_warehouse(warehouse) if diff else open_ready(warehouse), manifest, triggers, is_trial=diff)
    listed = [one for some in triggers.values() for one in some]
    lost = missing_triggers(manifest.runs, listed) if manifest else []
    if diff:
        rows = [(of, one.change, " ".join(one.names), one.columns) for of, some in found.items() for one in some]
        rows += [("run", "trigger_missing", run["run_name"], (run["trigger_name"],)) for run in lost]
        show(("of", "change", "name", "what"), rows, form, empty="nothing differs")
        sys.exit(FINDINGS if rows else 0)
    _tell(found, lost)
    known = {run.get("trigger_name", "") for run in manifest.runs} if manifest else set()
    click.echo(seed(listed, known), nl=False)


def _of_projects(projects: Sequence[str]) -> dict[str, list[Trigger]]:
    found = {kind: ask_google(kind, projects) for kind in LISTS}
    if not any(found.values()):
        raise UsageError(f"nothing is listed in {', '.join(projects)}: is it the right project? Nothing was stored")
    return {kind: some for kind, some in found.items() if some}


def _contents(files: Iterable[BinaryIO]) -> list[tuple[str, bytes]]:
    return [(file.name, file.read()) for file in files]


def _load(
    store: Warehouse, manifest: Manifest | None, triggers: Mapping[str, Sequence[Trigger]], *, is_trial: bool
) -> dict[str, list[Change]]:
    policy = read_policy(manifest.alerts, rules(store)) if manifest and manifest.alerts else None
    found = {"run": load_runs(store, manifest.runs, is_trial=is_trial)} if manifest else {}
    if policy is not None:
        found["alert"] = load_policy(store, policy, is_trial=is_trial)
    return found | {kind: load_triggers(store, some, is_trial=is_trial) for kind, some in triggers.items()}


def _tell(found: Mapping[str, Sequence[Change]], lost: Sequence[Mapping[str, Any]]) -> None:
    for of, changes in found.items():
        counts = Counter(change.change for change in changes)
        told = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing changed"
        click.echo(f"{of}s: {told}", err=True)
        for change in changes:
            if change.change == "vanished" and len(change.names) == 1:
                click.echo(f"{of} {change.names[0]} has vanished since the load before", err=True)
    for run in lost:
        click.echo(f"run {run['run_name']} waits for {run['trigger_name']}, which is not listed", err=True)


COMMANDS = (expect,)
