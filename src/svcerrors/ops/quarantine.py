"""What is in quarantine: each different message once, whole."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from svcerrors.sink.intake import PART_KEY
from svcerrors.warehouse import Warehouse

__all__ = ["Message", "quarantine"]

_HOURS = """
SELECT DISTINCT TIMESTAMP_TRUNC(rejected_at, HOUR) AS hour
FROM service_errors_rejected WHERE rejected_at >= @since ORDER BY hour
"""
_MESSAGES = """
SELECT raw, attributes, source FROM service_errors_rejected
WHERE rejected_at >= @since AND rejected_at >= @begin AND rejected_at < @end
"""

_CHUNK, _CHUNK_BYTES = 500, 16_000_000
"""Messages worked on at a time, and their bytes."""


class Message(NamedTuple):
    """The bytes of a message, and how it came."""

    raw: bytes
    source: str


def quarantine(warehouse: Warehouse, since: datetime) -> Iterator[list[Message]]:
    """Yield the messages that were set aside since a time, some at a time.

    Raises:
        WarehouseError: The store did not answer.
    """
    yield from _chunks(_messages(warehouse, since))


def _chunks(messages: Iterator[Message]) -> Iterator[list[Message]]:
    chunk: list[Message] = []
    size = 0
    for message in messages:
        chunk.append(message)
        size += len(message.raw)
        if len(chunk) == _CHUNK or size > _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _messages(warehouse: Warehouse, since: datetime) -> Iterator[Message]:
    """Yield each different message once: a redelivered one was set aside as often as it came."""
    seen: set[bytes] = set()
    parts: dict[str, dict[str, bytes]] = defaultdict(dict)
    for (hour,) in warehouse.query(_HOURS, {"since": since}).rows:
        window = {"since": since, "begin": hour, "end": hour + timedelta(hours=1)}
        for raw, attributes, source in warehouse.query(_MESSAGES, window).rows:
            whole = _joined(parts, raw, _mapping(attributes).get(PART_KEY))
            digest = hashlib.sha256(whole or b"").digest()
            if whole is not None and digest not in seen:
                seen.add(digest)
                yield Message(whole, source or "live")


def _joined(parts: dict[str, dict[str, bytes]], raw: bytes, mark: object) -> bytes | None:
    """Return a whole message, None as long as parts of it are missing; `mark` is such as `2/3 of sha256:…`."""
    if not isinstance(mark, str):
        return raw
    place, _, name = mark.partition(" of ")
    number, _, count = place.partition("/")
    parts[name][number] = raw
    if len(parts[name]) < int(count):
        return None
    found = parts.pop(name)
    return b"".join(found[str(each)] for each in range(1, int(count) + 1))


def _mapping(value: Any) -> Mapping[str, Any]:
    read = json.loads(value) if isinstance(value, str) else value
    return read if isinstance(read, Mapping) else {}
