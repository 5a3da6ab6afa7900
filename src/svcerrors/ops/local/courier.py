"""Log entries as Pub/Sub pushes: one message a request, in no order, again until it is acknowledged."""

import base64
import json
import queue
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from svcerrors.ops.local.ports import open_url

__all__ = ["Courier"]

CARRIERS = 4
ATTEMPTS = 8
TIMEOUT = 10.0
"""Seconds: Pub/Sub's default acknowledgement deadline, which is also that of the push request."""

SUBSCRIPTION = "projects/local/subscriptions/svcerrors-sink"

Delivered = Callable[[dict[str, Any], float], None]


class Courier:
    """Delivers log entries to a sink.

    Args:
        url: Where the sink listens.
        delivered: Called with an entry, and the seconds that its delivery took, once it is acknowledged.
    """

    def __init__(self, url: str, delivered: Delivered | None = None) -> None:
        self._url = url
        self._delivered = delivered
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.lost: list[dict[str, Any]] = []
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(CARRIERS)]
        for thread in self._threads:
            thread.start()

    def send(self, entry: dict[str, Any]) -> None:
        """Take an entry; it is delivered soon."""
        self._queue.put(entry)

    def close(self) -> None:
        """Return when every entry is acknowledged, or in `lost` after ATTEMPTS tries."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _carry(self) -> None:
        while (entry := self._queue.get()) is not None:
            began = time.monotonic()
            if not self._deliver(_push(entry)):
                self.lost.append(entry)
            elif self._delivered:
                self._delivered(entry, time.monotonic() - began)

    def _deliver(self, body: bytes) -> bool:
        for attempt in range(ATTEMPTS):
            request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310  # our own loopback address
            try:
                with open_url(request, timeout=TIMEOUT):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(min(0.1 * 2**attempt, 2))
        return False


def _push(entry: dict[str, Any]) -> bytes:
    message_id = str(uuid.uuid4().int)[:16]
    message = {
        "data": base64.b64encode(json.dumps(entry).encode()).decode(),
        "attributes": {"logging.googleapis.com/timestamp": entry["timestamp"]},
        "messageId": message_id,
        "message_id": message_id,
        "publishTime": entry["receiveTimestamp"],
    }
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()
