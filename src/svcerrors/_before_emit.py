"""The team's own last word on a line: a function that may change its payload, and can break nothing."""

from collections.abc import Callable
from typing import Any

from svcerrors._guard import attempt
from svcerrors._trim import encode

__all__ = ["BeforeEmit", "encoded"]

Payload = dict[str, Any]
BeforeEmit = Callable[[Payload], Payload | bool | None]

_IDENTITY = ("schema_version", "kind", "error_id")


def encoded(make: Callable[[str | None], Payload], change: BeforeEmit | None) -> bytes | None:
    """Return the line of an error, as the team's function changed it; None if that returned False.

    What it raises, or makes of the payload that is no strict JSON, costs its changes and not the line.

    Args:
        make: Makes the payload, given what failed in our own work.
        change: Changes the payload in place, or returns another one.
    """
    if change is None:
        return encode(make(None))
    line, failure = attempt(lambda: _changed(make(None), change))
    return encode(make(f"before_emit: {failure}")) if failure else line


def _changed(payload: Payload, change: BeforeEmit) -> bytes | None:
    identity = {name: payload["svcerrors"][name] for name in _IDENTITY}
    answer = change(payload)
    if answer is False:
        return None
    changed = answer if isinstance(answer, dict) else payload
    return encode({**changed, "svcerrors": {**changed["svcerrors"], **identity}})
