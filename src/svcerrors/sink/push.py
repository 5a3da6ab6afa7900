"""The envelopes in which a log entry arrives."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Delivery", "read", "unwrap"]


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


def unwrap(body: bytes) -> Delivery:
    """Take the log entry out of a Pub/Sub push.

    A wrapped push is `{"message": {"data": base64, "messageId": …, "attributes": …}, "subscription": …}`; without a
    wrapper the body is the log entry itself (https://cloud.google.com/pubsub/docs/payload-unwrapping).
    """
    outer = read(body)
    message = outer.entry.get("message") if isinstance(outer.entry, dict) else None
    if not isinstance(message, dict):
        return outer
    try:
        inner = read(base64.b64decode(message.get("data") or "", validate=True))
    except (binascii.Error, TypeError, ValueError):
        return Delivery(body, fault="message data is not base64")
    attributes = message.get("attributes")
    return Delivery(
        inner.raw or body,
        inner.entry,
        inner.fault if inner.raw else "message without data",
        message.get("messageId") or message.get("message_id"),
        attributes if isinstance(attributes, dict) else {},
    )


def read(raw: bytes) -> Delivery:
    """Read the bytes of one log entry."""
    try:
        return Delivery(raw, json.loads(raw))
    except (ValueError, RecursionError) as exc:
        return Delivery(raw, fault=f"not JSON: {exc}")
