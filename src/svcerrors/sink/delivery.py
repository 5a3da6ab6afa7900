"""Bytes that were delivered, as the log entries that they hold."""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["ENTRY_LIMIT", "LIMIT", "Delivery", "inflate", "read", "read_all"]

LIMIT = 20_000_000
"""Bytes read of a body, compressed or not: a push is at most 10 MB of data as base64, and its attributes
(https://cloud.google.com/pubsub/quotas#resource_limits)."""

ENTRY_LIMIT = 20_000
"""Log entries taken out of one message; one that claims to hold more is set aside whole."""

_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEADER = 31
_NONE = "no log entry"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivered log entry, as it came and as it reads.

    Attributes:
        raw: The bytes that came.
        entry: The log entry that they hold.
        fault: Why they hold none.
        message_id: Pub/Sub's, where there is one.
        attributes: Pub/Sub's.
    """

    raw: bytes
    entry: Any = None
    fault: str | None = None
    message_id: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


def read(raw: bytes) -> Delivery:
    """Read the bytes of one log entry."""
    try:
        return Delivery(raw, json.loads(raw))
    except (ValueError, RecursionError) as exc:
        return Delivery(raw, fault=f"not JSON: {exc}")


def read_all(raw: bytes, message_id: str | None = None, attributes: Mapping[str, str] | None = None) -> list[Delivery]:
    """Read the log entries of one message: one, a JSON array of them, or one a line; any of these may be gzip'd.

    Args:
        raw: What the message holds.
        message_id: Pub/Sub's, which every entry is given.
        attributes: Pub/Sub's, likewise.

    Returns:
        At least one delivery. What cannot be taken apart is one, with its fault and all its bytes.
    """
    try:
        found = list(_entries(inflate(raw)))
        fault = _NONE if not found else f"more than {ENTRY_LIMIT} log entries" if len(found) > ENTRY_LIMIT else None
    except ValueError as exc:
        found, fault = [], str(exc)
    if fault:
        found = [Delivery(raw, fault=fault)]
    return [replace(one, message_id=message_id, attributes=attributes or {}) for one in found]


def inflate(raw: bytes) -> bytes:
    """Return the bytes, unzipped if they are gzip'd.

    Raises:
        ValueError: They are damaged, or more than LIMIT.
    """
    if not raw.startswith(_GZIP):
        return raw
    parts, size = [], 0
    while raw.startswith(_GZIP):  # a gzip file may have several members (RFC 1952)
        member = zlib.decompressobj(_WITH_GZIP_HEADER)
        try:
            parts.append(member.decompress(raw, LIMIT - size + 1))
        except zlib.error as exc:
            raise ValueError(f"damaged gzip: {exc}") from exc
        size += len(parts[-1])
        if size > LIMIT:
            raise ValueError(f"gzip of more than {LIMIT} bytes")
        if not member.eof:
            raise ValueError("damaged gzip: it ends early")
        raw = member.unused_data
    return b"".join(parts)


def _entries(raw: bytes) -> Iterator[Delivery]:
    whole = read(raw)
    if isinstance(whole.entry, list) and all(isinstance(one, dict) for one in whole.entry):
        yield from _slices(raw)
    elif whole.fault and (lines := _lines(raw)):
        yield from lines
    else:
        yield whole


def _slices(raw: bytes) -> Iterator[Delivery]:
    # Each with its own bytes, so that the one that cannot become a row is set aside alone, and as it came.
    text, decoder = raw.decode(json.detect_encoding(raw)), json.JSONDecoder()
    at = text.index("[") + 1
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        entry, end = decoder.raw_decode(text, at)
        yield Delivery(text[at:end].encode("utf-8", "surrogatepass"), entry)
        at = end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in ", \t\r\n":
        at += 1
    return at


def _lines(raw: bytes) -> list[Delivery]:
    lines = [read(line) for line in raw.splitlines() if line.strip()]
    return lines if len(lines) > 1 and any(isinstance(one.entry, dict) for one in lines) else []
