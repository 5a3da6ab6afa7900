"""For a program's own tests: what it would have written, and not a line of it on standard output."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from svcerrors import _outbox

__all__ = ["captured_errors", "captured_runs"]


@contextmanager
def captured_errors() -> Iterator[list[dict[str, Any]]]:
    """Collect the errors that are recorded in a block, each as the columns that its line has, instead of writing them.

    Those of every thread and task of this process; none is held back as one of a storm.
    """
    with _collected("error") as errors:
        yield errors


@contextmanager
def captured_runs() -> Iterator[list[dict[str, Any]]]:
    """Collect what is reported of runs in a block, and as heartbeats, each as the columns that its line has."""
    with _collected("run", "heartbeat") as runs:
        yield runs


@contextmanager
def _collected(*kinds: str) -> Iterator[list[dict[str, Any]]]:
    collected: list[dict[str, Any]] = []

    def collect(line: bytes) -> bool:
        own = json.loads(line)["svcerrors"]
        if own["kind"] in kinds:
            collected.append(own)
            return True
        return former(line)

    former, limit = _outbox.divert(collect), _outbox.storm.limit
    _outbox.storm.limit = None
    try:
        yield collected
    finally:
        _outbox.storm.limit = limit
        _outbox.divert(former)
