"""The sink about itself: what it must not take from itself, and what it has to say.

Its own log entries would come back to it for ever (awslabs/landing-zone-accelerator-on-aws#1193). So its errors are
rows that it writes itself, under its own name, and where the warehouse does not answer they are lines of its log. Of
what it dropped there is a row and never a line: a line would come back, and be dropped, and be a line.
"""

import json
import threading
import traceback
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from svcerrors._emit import emit
from svcerrors._errors import SinkFed, SvcErrorsError
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.settings import Settings

__all__ = ["HEARTBEAT", "Failures", "Own", "say"]

NAME = "svcerrors-sink"
"""What the sink is called where no platform names it."""

HEARTBEAT = f"heartbeat:{NAME}"
"""The run_name of the sink's own heartbeat, whatever the sink is called."""

_FED = SinkFed("log entries of the sink itself came to it and were dropped: give the Log Router svcerrors' own filter")


class Failures(NamedTuple):
    """The last failure of a kind that the sink has to tell, and how many there were."""

    last: BaseException
    times: int


def say(severity: str, message: str, **more: Any) -> None:
    """Write one line to the log."""
    line = {"severity": severity, "message": message, **more}
    emit(json.dumps(line, default=str).encode() + b"\n")


class Own:
    """What one sink knows of itself; safe to share between threads.

    Args:
        settings: Its name and revision on the platform.
    """

    def __init__(self, settings: Settings) -> None:
        self._service = settings.service
        self._labels = {"service_name": settings.service or NAME, "revision_name": settings.revision or ""}
        self._lock = threading.Lock()
        self._failures: dict[type[BaseException], Failures] = {}
        self._counts: dict[str, int] = {}

    def count(self, what: str, number: int = 1) -> None:
        """Add to a count that `counts` shows."""
        with self._lock:
            self._counts[what] = self._counts.get(what, 0) + number

    def counts(self) -> dict[str, int]:
        """Return what was counted since this process started."""
        with self._lock:
            return dict(self._counts)

    def is_own(self, entry: Any) -> bool:
        """Tell whether this sink wrote a log entry; its heartbeats do not count, they are to come through."""
        labels = _at(entry, "resource", "labels") or {}
        names = _at(labels, "service_name"), _at(labels, "worker_pool_name")  # of any type: whoever published made them
        if not self._service or self._service not in names:
            return False
        return bool(_at(entry, "jsonPayload", "svcerrors", "kind") != "heartbeat")

    def dropped(self) -> None:
        """Note that an entry was dropped; the next write tells how many were."""
        self.count("own entries dropped")
        self.give_back([Failures(_FED, 1)])

    def failed(self, exc: BaseException, **more: int) -> None:
        """Note what kept rows from being stored, and write it to the log, where a monitoring policy sees it."""
        bug = {} if isinstance(exc, SvcErrorsError) else {"stack_trace": _trace(exc)}
        say("ERROR", f"svcerrors sink: {exc}", error_type=type(exc).__name__, **more, **bug)
        self.give_back([Failures(exc, 1)])

    def beat(self, status: str = "succeeded", **more: str) -> None:
        """Write a heartbeat to the log, from where it goes the way of every entry, and becomes a row.

        Args:
            status: `skipped` where it says that no further one is to be waited for.
            more: Further columns of the row.
        """
        told = {
            "schema_version": 1,
            "kind": "heartbeat",
            "run_id": str(uuid.uuid4()),
            "run_name": HEARTBEAT,
            "status": status,
            **more,
        }
        say("INFO", f"{HEARTBEAT} {status}", svcerrors=told)

    def take(self) -> list[Failures]:
        """Return what failed since the last time, one of each kind, to be told in the next write."""
        with self._lock:
            taken, self._failures = self._failures, {}
        return list(taken.values())

    def give_back(self, failures: Sequence[Failures]) -> None:
        """Keep what could not be told."""
        with self._lock:
            for last, times in failures:
                known = self._failures.get(type(last), Failures(last, 0))
                self._failures[type(last)] = Failures(last, times + known.times)

    def broke(self, exc: BaseException) -> Delivery:
        """Write a bug of ours to the log; return what is to be a row."""
        say("ERROR", f"svcerrors sink: {type(exc).__name__}: {exc}", stack_trace=_trace(exc))
        text = {"textPayload": _trace(exc)}
        return self._delivery(text)

    def told(self, failures: Failures) -> Delivery:
        """Return what is to be the row of failures."""
        kind, message = type(failures.last), str(failures.last)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        record = {
            "schema_version": 1,
            "kind": "error",
            "error_id": str(uuid.uuid4()),
            "error_type": f"{module}{kind.__qualname__}",
            "error_message": message,
            "mechanism": "manual",
            "handled": True,
            "occurrences": failures.times,
        }
        return self._delivery({"jsonPayload": {"message": message, "svcerrors": record}})

    def _delivery(self, payload: Mapping[str, Any]) -> Delivery:
        entry = {
            "logName": "projects/-/logs/svcerrors-sink",
            "resource": {"type": "cloud_run_revision", "labels": self._labels},
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "insertId": uuid.uuid4().hex,
            "severity": "ERROR",
            **payload,
        }
        return Delivery(json.dumps(entry).encode(), entry)


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _trace(exc: BaseException) -> str:
    return "".join(traceback.format_exception(exc))
