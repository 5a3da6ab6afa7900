"""The event that a handler was called with: a CloudEvent, data and context, or what a request carries."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from svcerrors._jsonable import text

__all__ = ["BODY_LIMIT", "carried", "event_of"]

BODY_LIMIT = 1 << 20
"""Bytes of a request's body that are read for an event; a larger one is left alone."""

Event = dict[str, Any]

# Where Werkzeug, Starlette and Django, and aiohttp keep a body that the program has read.
_BODIES = ("_cached_data", "_body", "_read_bytes")

# https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#313-metadata-headers
# https://cloud.google.com/pubsub/docs/payload-unwrapping#write_metadata
_HEADERS = {
    "id": ("ce-id", "x-goog-pubsub-message-id"),
    "type": ("ce-type",),
    "source": ("ce-source", "x-goog-pubsub-subscription-name"),
    "subject": ("ce-subject",),
}


def event_of(arguments: tuple[Any, ...]) -> Event | None:
    """Return the event among the arguments of a handler, a method's too, as the members of the column `event`."""
    for argument in arguments[:3]:
        if hasattr(type(argument), "get_attributes") and hasattr(type(argument), "get_data"):
            return _cloud_event(argument.get_attributes(), argument.get_data())
        if isinstance(argument, dict) and "specversion" in argument:
            return _cloud_event(argument, argument.get("data"))
        if hasattr(argument, "event_id") and hasattr(argument, "event_type"):
            return _background_event(argument)
    return None


def carried(request: Any) -> Event | None:
    """Return the event that a request carries, None if it is an ordinary one.

    A CloudEvent is told by its headers or its body, a push of Pub/Sub by its body, if that was read.

    Args:
        request: Has headers; a framework's may have kept its body.
    """
    get = request.headers.get
    told = {name: next(filter(None, map(get, headers)), None) for name, headers in _HEADERS.items()}
    body = _body(request)
    if told["id"]:
        return _cloud_event(told, body)
    if "specversion" in body:
        return _cloud_event(body, body.get("data"))
    return _cloud_event({}, body) if "subscription" in body and isinstance(body.get("message"), dict) else None


def _body(request: Any) -> Mapping[str, Any]:
    read = next((body for name in _BODIES if type(body := getattr(request, name, None)) is bytes), None)
    body = _unread(request) if read is None else read
    if len(body) > BODY_LIMIT or body.lstrip()[:1] != b"{":
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unread(request: Any) -> bytes:
    # functions-framework reads every body to its end before it answers. Anywhere else what the program has not read
    # stays unread: to read it could wait for the network, and take it from the program.
    size, get_data = request.headers.get("Content-Length") or "", getattr(request, "get_data", None)
    is_small = size.isdecimal() and int(size) <= BODY_LIMIT and "json" in (request.headers.get("Content-Type") or "")
    return get_data() if is_small and get_data and "functions_framework" in sys.modules else b""


def _cloud_event(attributes: Mapping[str, Any], data: Any) -> Event:
    envelope = data if isinstance(data, dict) else {}
    message = envelope.get("message")
    return _present(
        {
            "id": attributes.get("id") or (message.get("messageId") if isinstance(message, dict) else None),
            "type": attributes.get("type"),
            "source": attributes.get("source") or envelope.get("subscription"),
            "subject": attributes.get("subject"),
        },
        envelope.get("deliveryAttempt"),
    )


def _background_event(context: Any) -> Event:
    resource = getattr(context, "resource", None)
    source = resource.get("name") if isinstance(resource, dict) else resource
    return _present({"id": context.event_id, "type": context.event_type, "source": source}, None)


def _present(texts: Event, attempt: Any) -> Event:
    event: Event = {key: text(value) for key, value in texts.items() if value is not None}
    return {**event, "delivery_attempt": attempt} if type(attempt) is int else event
