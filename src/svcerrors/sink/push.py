"""The envelopes in which log entries arrive: four kinds of push, and the bare entry.

Wrapped push: https://cloud.google.com/pubsub/docs/push#receive_push; unwrapped: https://cloud.google.com/pubsub/docs/payload-unwrapping;
CloudEvents: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md;
events of first-generation functions: https://cloud.google.com/functions/1stgendocs/writing/write-event-driven-functions.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from svcerrors.sink.delivery import Delivery, inflate, read, read_all

__all__ = ["Delivery", "Push", "oversized", "read", "unwrap"]

_PREFIX = "x-goog-pubsub-"
_ID_HEADER, _SUBSCRIPTION_HEADER = f"{_PREFIX}message-id", f"{_PREFIX}subscription-name"
_MESSAGE_TYPE = "google.pubsub.v1.PubsubMessage"

_ID_KEYS = ("messageId", "message_id")
_KEPT = 1_000_000
"""Bytes kept of a body that no push can be."""


@dataclass(frozen=True, slots=True)
class Push:
    """What one request delivers.

    Attributes:
        deliveries: At least one.
        subscription: The subscription that the push claims to come from, where it names one.
    """

    deliveries: list[Delivery]
    subscription: str | None = None


def unwrap(body: bytes, headers: Mapping[str, str] | None = None) -> Push:
    """Take the log entries out of a request.

    Args:
        body: As it came; gzip'd if Content-Encoding says so, or if it looks so.
        headers: Their names in lower case.
    """
    headers = headers or {}
    if _ID_HEADER in headers:
        kept = {name: value for name, value in headers.items() if name.startswith(_PREFIX)}
        return Push(read_all(body, headers[_ID_HEADER], kept), headers.get(_SUBSCRIPTION_HEADER))
    try:
        outer = read(inflate(body)).entry
    except ValueError as exc:
        return Push([Delivery(body, fault=str(exc))])
    return _envelope(outer, body) if isinstance(outer, dict) else Push(read_all(body))


def oversized(start: bytes, size: int) -> Push:
    """Return the delivery of a body that is larger than any push: its first megabyte goes to quarantine.

    It is acknowledged, not refused: should it be a push after all, a refusal would bring it back for ever.
    """
    fault = f"a body of at least {size} bytes is no Pub/Sub push; its first {_KEPT} bytes are kept"
    return Push([Delivery(start[:_KEPT], fault=fault)])


def _envelope(outer: dict[str, Any], body: bytes) -> Push:
    if "specversion" in outer:
        data = _event_data(outer)
        if not isinstance(data, dict):
            return Push([Delivery(body, fault="CloudEvent without data", message_id=_id(outer, "id"))])
        pushed = _push(data, body)
        return pushed or Push([Delivery(body, data, message_id=_id(outer, "id"))])
    return _push(outer, body) or Push(read_all(body))


def _push(outer: dict[str, Any], body: bytes) -> Push | None:
    """Open the object that holds a Pub/Sub message; None when it holds none."""
    message = outer.get("message")
    if isinstance(message, dict):
        return Push(_message(message, body, _id(message, *_ID_KEYS)), _text(outer.get("subscription")))
    if _is_message(outer):
        return Push(_message(outer, body, _id(outer, *_ID_KEYS)))
    if _is_message(outer.get("data")):
        context = outer.get("context")
        return Push(_message(outer["data"], body, _id(context if isinstance(context, dict) else outer, "eventId")))
    return None


def _message(message: dict[str, Any], body: bytes, message_id: str | None) -> list[Delivery]:
    attributes = message.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    try:
        data = base64.b64decode(message.get("data") or "", validate=True)
        fault = None if data else "message without data"
    except (binascii.Error, TypeError, ValueError):
        data, fault = b"", "message data is not base64"
    if fault:
        return [Delivery(body, None, fault, message_id, attributes)]
    return read_all(data, message_id, attributes)


def _event_data(event: dict[str, Any]) -> Any:
    if "data_base64" not in event:
        return event.get("data")
    try:
        return json.loads(inflate(base64.b64decode(event["data_base64"], validate=True)))
    except (TypeError, ValueError, RecursionError):
        return None


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("@type", "")).endswith(_MESSAGE_TYPE)


def _id(fields: Mapping[str, Any], *names: str) -> str | None:
    found = next((str(fields[name]) for name in names if fields.get(name)), None)
    return found and found.encode("utf-8", "replace").decode()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
