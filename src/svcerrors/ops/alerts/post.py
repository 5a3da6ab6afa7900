"""One POST to a route: the only file that speaks HTTP to the outside on behalf of an alert.

The address is a secret (whoever knows a Slack webhook can write to the channel), so that no message here names it.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import IO, Any

from svcerrors._errors import RouteFailed

__all__ = ["post"]

_TRIES = 3
_PAUSE = 0.5
"""Seconds before the second try; twice that before the third."""

_TIMEOUT = 5.0
"""Seconds of one try in which nothing comes."""

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may be taken."""

_ANSWER = 200
"""Bytes of an answer that are read: a receiver says in a few words what is wrong, or nothing of use."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A POST that is redirected becomes a GET without its body: told as a failure instead."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


_opener = urllib.request.build_opener(_NoRedirects)


def post(address: str, body: Mapping[str, Any], *, key: str, deadline: float) -> None:
    """POST a JSON body; return when the receiver took it.

    Args:
        address: Where.
        body: What.
        key: The same for every attempt at the same notice, so that a receiver can drop the second of two.
        deadline: On the clock of time.monotonic(); no try begins after it.

    Raises:
        RouteFailed: It was not taken.
    """
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "svcerrors"}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="POST")  # noqa: S310  # http(s), see routes
    for number in range(1, _TRIES + 1):
        pause = _PAUSE * number
        try:
            return _send(request)
        except urllib.error.HTTPError as exc:
            with exc:
                failure = _told(exc)
            if exc.code not in _PASSING:
                raise RouteFailed(failure) from exc
            pause = max(pause, _retry_after(exc))
        except (OSError, HTTPException, ValueError) as exc:
            failure = _line(getattr(exc, "reason", exc) or exc)
        if number == _TRIES or time.monotonic() + pause >= deadline:
            raise RouteFailed(failure)
        time.sleep(pause)
    return None


def _send(request: urllib.request.Request) -> None:
    with _opener.open(request, timeout=_TIMEOUT):
        pass


def _told(exc: urllib.error.HTTPError) -> str:
    if 300 <= exc.code < 400:  # noqa: PLR2004
        return f"it answers {exc.code} and sends elsewhere: give the address that takes a POST itself"
    said = _line(_read(exc))
    return f"it answers {exc.code}" + (f": {said}" if said else "")


def _read(answer: IO[bytes]) -> str:
    try:
        return answer.read(_ANSWER).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return ""


def _retry_after(exc: urllib.error.HTTPError) -> float:
    seconds = exc.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else 0.0


def _line(said: object) -> str:
    words = " ".join(str(said).split())
    return words if words or isinstance(said, str) else type(said).__name__
