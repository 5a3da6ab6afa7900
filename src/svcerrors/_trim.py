"""The payload as bytes: strict JSON on one line, never longer than a log entry may be."""

from __future__ import annotations

from collections.abc import Callable
from json import JSONEncoder
from typing import Any

__all__ = ["LIMIT", "encode"]

LIMIT = 100 * 1024
"""Bytes of a line at most. Cloud Logging drops an entry of more than 256 KiB (https://cloud.google.com/logging/quotas)."""

FRAMES_OUTER, FRAMES_INNER = 5, 15
STACK_OUTER, STACK_INNER = 1_000, 3_000
MESSAGE = 1_000
NAME = 200
"""What is left of each when it has to be cut: frames and characters."""

_ALWAYS = (
    "schema_version",
    "kind",
    "error_id",
    "error_type",
    "error_message",
    "error_category",
    "fingerprint",
    "handled",
    "mechanism",
    "occurrences",
)

Payload = dict[str, Any]

_encode = JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def encode(payload: Payload) -> bytes:
    """Return a payload as one line of at most LIMIT bytes, one newline at its end.

    What is too long loses, in this order and only as far as needed: source lines, the frames in the middle, labels,
    causes, the middle of the stack trace, the tail of the message, and at last all but what identifies the error;
    `truncated` says so.
    """
    line = _line(payload)
    for cut in _CUTS:
        if len(line) <= LIMIT:
            break
        payload = cut(payload)
        payload["svcerrors"]["truncated"] = True
        line = _line(payload)
    return line


def _line(payload: Payload) -> bytes:
    return _encode(payload).encode("ascii") + b"\n"


def _with(payload: Payload, **columns: Any) -> Payload:
    own = {**payload["svcerrors"], **columns}
    return {**payload, "svcerrors": {key: value for key, value in own.items() if value is not None}}


def _frames(payload: Payload) -> list[Payload]:
    frames: list[Payload] = payload["svcerrors"].get("frames", [])
    return frames


def _source_lines(payload: Payload) -> Payload:
    bare = [{key: value for key, value in frame.items() if key != "code"} for frame in _frames(payload)]
    return _with(payload, frames=bare or None)


def _middle_frames(payload: Payload) -> Payload:
    frames = _frames(payload)
    if len(frames) <= FRAMES_OUTER + FRAMES_INNER:
        return payload
    return _with(payload, frames=frames[:FRAMES_OUTER] + frames[-FRAMES_INNER:])


def _labels(payload: Payload) -> Payload:
    return _with(payload, labels=None)


def _causes(payload: Payload) -> Payload:
    return _with(payload, causes=None)


def _middle_of_stack(payload: Payload) -> Payload:
    text = payload.get("stack_trace", "")
    if len(text) <= STACK_OUTER + STACK_INNER:
        return payload
    return {**payload, "stack_trace": f"{text[:STACK_OUTER]}\n…\n{text[-STACK_INNER:]}"}


def _tail_of_message(payload: Payload) -> Payload:
    return _with(payload, error_message=payload["svcerrors"]["error_message"][:MESSAGE])


def _all_but_identity(payload: Payload) -> Payload:
    own = payload["svcerrors"]
    kept = {key: _name(own[key]) for key in _ALWAYS if key in own}
    return {
        **{key: payload[key] for key in ("severity", "time")},
        "message": _name(payload["message"]),
        "svcerrors": kept,
    }


def _name(value: Any) -> Any:
    return value[:NAME] if isinstance(value, str) else value


_CUTS: tuple[Callable[[Payload], Payload], ...] = (
    _source_lines,
    _middle_frames,
    _labels,
    _causes,
    _middle_of_stack,
    _tail_of_message,
    _all_but_identity,
)
