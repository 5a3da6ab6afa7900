"""The manifest: a YAML file that says which runs a team expects, and when."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from svcerrors.ops.expect.document import Item, read_document
from svcerrors.ops.expect.keys import KEYS

__all__ = ["Manifest", "read_manifest"]

_SECTIONS = ("defaults", "runs", "alerts")
_DEFAULTS = ("time_zone", "phase", "grace_minutes", "max_minutes", "season", "days_off", "owner", "runbook")
"""What many runs have in common."""


class Manifest(NamedTuple):
    """What a file says.

    Attributes:
        runs: Columns of expected_runs, one row for each run.
        alerts: The alert policy, unread: which rules there are is known to the warehouse. None: it says nothing of it.
    """

    runs: list[dict[str, Any]]
    alerts: Item | None = None


def read_manifest(name: str, content: bytes) -> Manifest:
    """Read a manifest.

    Args:
        name: What the file is called in errors.
        content: Its bytes.

    Raises:
        UsageError: It cannot be meant; file and line are named.
    """
    document = read_document(name, content)
    sections = document.mapping(_SECTIONS)
    if "runs" not in sections:
        raise document.refuse("`runs:` is missing")
    defaults = sections["defaults"].mapping(_DEFAULTS) if "defaults" in sections else {}
    return Manifest(list(_runs(sections["runs"], defaults)), sections.get("alerts"))


def _runs(section: Item, defaults: Mapping[str, Item]) -> Iterator[dict[str, Any]]:
    entries = section.items()
    if not entries:
        raise section.refuse("no run is listed: a manifest that expects nothing would watch nothing")
    keys = [{**defaults, **entry.mapping(KEYS)} for entry in entries]
    names = _names(entries, keys)
    for entry, given in zip(entries, keys, strict=True):
        _check(entry, given, names)
    _refuse_circles(keys)
    for given in keys:
        columns = {name: value for key, item in given.items() for name, value in KEYS[key](item).items()}
        said = {name: value for name, value in columns.items() if value != []}
        yield {"service_name": said["run_name"], "time_zone": "UTC", **said}


def _names(entries: Sequence[Item], keys: Sequence[Mapping[str, Item]]) -> Mapping[str, Item]:
    names: dict[str, Item] = {}
    for entry, given in zip(entries, keys, strict=True):
        if "run_name" not in given:
            raise entry.refuse("a run without run_name")
        name = given["run_name"]
        if name.text() in names:
            raise name.refuse(f"a second run {name.text()!r}: the first stands at {names[name.text()].where}")
        names[name.text()] = name
    return names


def _refuse_circles(keys: Sequence[Mapping[str, Item]]) -> None:
    """Refuse runs that wait for each other: none would start, and of alerts each would be a symptom of the others."""
    follows = {given["run_name"].text(): given["follows"] for given in keys if "follows" in given}
    for name in follows:
        chain = {name: None}
        while (item := follows.get(next(reversed(chain)))) is not None:
            if item.text() in chain:
                raise item.refuse(f"runs that wait for each other: {', '.join([*chain, item.text()])}")
            chain[item.text()] = None


def _check(entry: Item, given: Mapping[str, Item], names: Mapping[str, Item]) -> None:
    if "cron" in given and "dates_from" in given:
        raise entry.refuse(f"{given['run_name'].text()!r} has cron and dates_from: give one of them")
    if "follows" in given and given["follows"].text() not in names.keys() - {given["run_name"].text()}:
        raise given["follows"].refuse(f"{given['follows'].text()!r} is no other run of this file")
