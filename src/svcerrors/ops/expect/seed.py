"""A manifest to begin with: what the lists of triggers say, as YAML that a person goes on to edit."""

import json
import re
from collections.abc import Collection, Iterator, Sequence

from svcerrors.ops.expect.cron import expand
from svcerrors.ops.expect.triggers import Trigger

__all__ = ["seed"]

_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
"""What YAML makes something else of than a text."""

_PAUSED = {"PAUSED", "DISABLED"}

_OURS = re.compile(r"svcerrors-(alerts|heartbeat|push|dead)")
"""Triggers that deploy.sh makes; sink_silent and the monitoring policies watch them."""


def seed(triggers: Sequence[Trigger], known: Collection[str] = ()) -> str:
    """Return the text of a manifest that names each trigger once.

    What does not run now, and what starts nothing that can be named, stands in comments.

    Args:
        triggers: Of any kinds.
        known: Full names of those that a manifest has already; these are left out.
    """
    listeners = {one.topic: one.service_name for one in triggers if one.kind == "subscription" and one.service_name}
    names: set[str] = set()
    wanted = [one for one in triggers if one.trigger_name not in known]
    lines = [line for one in wanted for line in ("", *_entry(one, listeners.get(one.topic), names))]
    return "\n".join(["runs:", *lines, ""]) if wanted else ""


def _entry(one: Trigger, listener: str | None, names: set[str]) -> Iterator[str]:
    service = one.service_name or (listener if one.kind == "scheduler" else None)
    calls = f"  # calls {one.target}" if one.target else "  # calls nothing: its messages are pulled"
    if one.state in _PAUSED or one.state == "TOPIC_DELETED":
        yield f"  # {one.trigger_name} is {one.state}"
        return
    if _OURS.fullmatch(_short(one)):
        yield f"  # {one.trigger_name} is of svcerrors itself"
        return
    if one.kind == "subscription" and not service:
        yield f"  # {one.trigger_name}:{calls.removeprefix('  #')}"
        return
    yield calls
    yield f"  - run_name: {_quoted(_name(one, names))}"
    yield f"    service_name: {_quoted(service or _short(one))}"
    yield from _times(one)
    yield f"    trigger_name: {_quoted(one.trigger_name)}"


def _times(one: Trigger) -> Iterator[str]:
    if not one.cron:
        return
    try:
        expand(one.cron)
    except ValueError:
        yield f"    # cron: {json.dumps(one.cron)} is not in five fields: write it so"
        return
    yield f"    cron: {json.dumps(one.cron)}"
    if one.time_zone:
        yield f"    time_zone: {one.time_zone}"


def _name(one: Trigger, names: set[str]) -> str:
    """Return a name that no other run has: what runs of it are called, where that is free."""
    wanted = (one.service_name or _short(one)) if one.kind == "subscription" else _short(one)
    name = next(name for name in (wanted, _short(one), one.trigger_name) if name not in names)
    names.add(name)
    return name


def _short(one: Trigger) -> str:
    return one.trigger_name.rpartition("/")[2]


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text)
