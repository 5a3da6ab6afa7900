"""Which trace a request belongs to, from its headers."""

import re
from collections.abc import Callable

from svcerrors._pattern import pattern
from svcerrors._values import Values

__all__ = ["Trace", "read_trace"]

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = pattern(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
# https://cloud.google.com/trace/docs/trace-context#legacy-http-header: the span is decimal
_CLOUD_TRACE = pattern(r"(?!0{32})([0-9a-f]{32})(?:/(\d{1,20}))?(?:;o=(\d{1,3}))?", re.IGNORECASE)

_SAMPLED = 1
_SPANS = 1 << 64


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
