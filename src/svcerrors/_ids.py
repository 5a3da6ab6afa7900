"""Identifiers: our own, in order of time, and those of a trace, from a request's headers."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

from svcerrors._light import Values, pattern

__all__ = ["RANDOM_BYTES", "Trace", "read_trace", "stamp", "uuid7"]

RANDOM_BYTES = 10

_VERSION = 7 << 76
_VARIANT = 0b10 << 62
_FIXED = 0xF << 76 | 0b11 << 62

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = pattern(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
# https://cloud.google.com/trace/docs/trace-context#legacy-http-header: the span is decimal
_CLOUD_TRACE = pattern(r"(?!0{32})([0-9a-f]{32})(?:/(\d{1,20}))?(?:;o=(\d{1,3}))?", re.IGNORECASE)

_SAMPLED = 1
_SPANS = 1 << 64


def stamp() -> tuple[str, int]:
    """Return an id of its own, and the time in nanoseconds since 1970-01-01 UTC."""
    now = time.time_ns()
    return uuid7(now // 1_000_000, os.urandom(RANDOM_BYTES)), now


def uuid7(milliseconds: int, random: bytes) -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7).

    Args:
        milliseconds: Since 1970-01-01 UTC.
        random: RANDOM_BYTES bytes from the operating system.
    """
    number = milliseconds << 80 | int.from_bytes(random, "big") & ~_FIXED | _VERSION | _VARIANT
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Trace(Values):
    """A call's place in Cloud Trace: 32 and 16 hexadecimal digits."""

    trace: str | None = None
    span_id: str | None = None
    sampled: bool | None = None


def read_trace(header: Callable[[str], str | None]) -> Trace:
    """Read `traceparent`, else `X-Cloud-Trace-Context`; what does not parse is not there.

    Args:
        header: Returns the value of a header, whose name may be in any case.
    """
    if found := _TRACEPARENT.fullmatch(header("traceparent") or ""):
        return Trace(found[1], found[2], bool(int(found[3], 16) & _SAMPLED))
    if found := _CLOUD_TRACE.fullmatch(header("X-Cloud-Trace-Context") or ""):
        return Trace(
            found[1].lower(), _hexadecimal(found[2] or "0"), bool(int(found[3]) & _SAMPLED) if found[3] else None
        )
    return Trace()


def _hexadecimal(span: str) -> str | None:
    return f"{int(span):016x}" if 0 < int(span) < _SPANS else None
