"""Someone who calls a local service, and the request log that Cloud Run writes of it."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from svcerrors.ops.local.identity import REQUESTS, Identity
from svcerrors.ops.local.ports import open_url

__all__ = ["call"]

SCHEDULER = "Google-Cloud-Scheduler"
"""User-Agent of Cloud Scheduler: its calls are the signs of life that the request log gives."""


def call(
    identity: Identity,
    url: str,
    send: Callable[[dict[str, Any]], None],
    *,
    body: bytes = b"{}",
    timeout: float = 10.0,
) -> int:
    """POST to a service as Cloud Scheduler would, log the request, and return the status; 503 when nothing answers.

    Args:
        identity: Who is called.
        url: Where it listens.
        send: Takes the request's log entry.
        body: JSON.
        timeout: Seconds.
    """
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": SCHEDULER,
        "traceparent": f"00-{trace}-{span}-01",
    }
    at, began = time.time_ns(), time.monotonic()
    status = _post(urllib.request.Request(url, body, headers), timeout)  # noqa: S310  # a loopback address of ours
    payload = {
        "severity": "ERROR" if status >= 500 else "WARNING" if status >= 400 else "INFO",  # noqa: PLR2004  # HTTP's own classes
        "httpRequest": {
            "requestMethod": "POST",
            "requestUrl": url,
            "status": status,
            "userAgent": SCHEDULER,
            "remoteIp": "127.0.0.1",
            "latency": f"{time.monotonic() - began:.9f}s",
        },
        "trace": f"projects/local/traces/{trace}",
        "spanId": span,
        "traceSampled": True,
    }
    send(identity.entry(REQUESTS, payload, at))
    return status


def _post(request: urllib.request.Request, timeout: float) -> int:
    try:
        with open_url(request, timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return exc.code
    except (urllib.error.URLError, OSError):
        return 503
