"""What starts services: the lists that gcloud prints of scheduler jobs and of subscriptions."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from svcerrors._errors import UsageError
from svcerrors._redact import redact_url
from svcerrors.logs.values import mapping, text
from svcerrors.ops.expect.keys import TRIGGER
from svcerrors.ops.expect.targets import service_of

__all__ = ["LISTS", "Trigger", "kind_of", "read_entries", "read_triggers", "row"]


class Trigger(NamedTuple):
    """A scheduler job or a subscription.

    Attributes:
        target: The address or topic that it calls.
        topic: Of a subscription, what it listens to.
    """

    kind: str
    trigger_name: str
    state: str | None = None
    cron: str | None = None
    time_zone: str | None = None
    target: str | None = None
    service_name: str | None = None
    topic: str | None = None


LISTS = {
    "scheduler": "gcloud scheduler jobs list --format=json",
    "subscription": "gcloud pubsub subscriptions list --format=json",
}
"""Kinds of triggers, and the command that lists each."""


def row(trigger: Trigger) -> dict[str, Any]:
    """Return the columns of triggers_seen that it has."""
    return {name: value for name, value in trigger._asdict().items() if value is not None and name != "topic"}


def read_triggers(kind: str, lists: Sequence[tuple[str, bytes]]) -> list[Trigger]:
    """Read lists of one kind, of any number of projects and locations, in the order of their names.

    Args:
        kind: A key of LISTS.
        lists: What each is called in errors, and its bytes.

    Raises:
        UsageError: One is none, or all are empty: no one has lost all triggers without knowing.
    """
    found = {one.trigger_name: one for name, content in lists for one in _read(kind, name, content)}
    if not found:
        raise UsageError(f"{lists[0][0]}: nothing is listed: is it the right project and location? Nothing was stored")
    return [found[name] for name in sorted(found)]


def _read(kind: str, name: str, content: bytes) -> Iterator[Trigger]:
    try:
        entries = json.loads(content or b"[]")
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"{name}:{getattr(exc, 'lineno', 1)}: no JSON: {_wanted(kind)}") from exc
    return read_entries(kind, name, entries if isinstance(entries, list) else [entries])


def read_entries(kind: str, name: str, entries: Iterable[Any]) -> Iterator[Trigger]:
    """Read what a list of one kind holds, in its order.

    Args:
        kind: A key of LISTS.
        name: What the list is called in errors.
        entries: As Google's API gives them, which gcloud prints.

    Raises:
        UsageError: One is no trigger of this kind.
    """
    for number, entry in enumerate(entries, 1):
        full_name = entry.get("name") if isinstance(entry, dict) else None
        if not (isinstance(full_name, str) and kind_of(full_name) == kind):
            raise UsageError(f"{name}: entry {number} is no {kind}: {_wanted(kind)}")
        yield _READERS[kind](full_name, entry)


def _wanted(kind: str) -> str:
    return f"give what `{LISTS[kind]}` prints"


def kind_of(trigger_name: str) -> str | None:
    """Return the key of LISTS whose list a full name stands in; None for what is no such name."""
    if not TRIGGER.fullmatch(trigger_name):
        return None
    return "scheduler" if "/jobs/" in trigger_name else "subscription"


def _scheduler(name: str, job: Mapping[str, Any]) -> Trigger:
    http, topic = mapping(job.get("httpTarget")), mapping(job.get("pubsubTarget")).get("topicName")
    engine = mapping(job.get("appEngineHttpTarget"))
    url = text(http.get("uri")) or text(engine.get("relativeUri"))
    routed = text(mapping(engine.get("appEngineRouting")).get("service"))
    return Trigger(
        "scheduler",
        name,
        text(job.get("state")),
        text(job.get("schedule")),
        text(job.get("timeZone")),
        redact_url(url) if url else text(topic),
        service_of(url.partition("?")[0]) if url and not engine else routed,
        text(topic),
    )


def _subscription(name: str, one: Mapping[str, Any]) -> Trigger:
    url = text(mapping(one.get("pushConfig")).get("pushEndpoint"))
    topic = text(one.get("topic"))
    return Trigger(
        "subscription",
        name,
        "TOPIC_DELETED" if topic == _DELETED else text(one.get("state")),
        target=redact_url(url) if url else None,
        service_name=service_of(url.partition("?")[0]) if url else None,
        topic=topic,
    )


_DELETED = "_deleted-topic_"
"""https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions"""

_READERS: Mapping[str, Callable[[str, Mapping[str, Any]], Trigger]] = {
    "scheduler": _scheduler,
    "subscription": _subscription,
}
