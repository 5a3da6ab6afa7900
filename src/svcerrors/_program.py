"""What `init` was told of this program, and the lines of its errors: the team has the last word on each."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from svcerrors._chain import Description
from svcerrors._guard import attempt
from svcerrors._line import Call
from svcerrors._payload import Occurrence, build
from svcerrors._runtime import Runtime, identify
from svcerrors._storm import Line
from svcerrors._trim import encode

__all__ = ["BeforeEmit", "identify_as", "line_of", "runtime", "start_in_children", "start_of_child"]

Payload = dict[str, Any]
BeforeEmit = Callable[[Payload], Payload | bool | None]
Start = Callable[[], None]

_IDENTITY = ("schema_version", "kind", "error_id")

_configured: Runtime | None = None
_before_emit: BeforeEmit | None = None
_start: Start | None = None


def identify_as(known: Runtime | None, before_emit: BeforeEmit | None = None) -> None:
    """Set who this program is, and who has the last word; None reads the environment again at the next error."""
    global _configured, _before_emit  # one program is one process
    _configured, _before_emit = known, before_emit


def runtime() -> Runtime:
    """Return who this program is."""
    return _configured or identify(os.environ)


def start_in_children(start: Start) -> None:
    """Set what a child process does first; it is pickled where the child is spawned."""
    global _start  # noqa: PLW0603  # one program is one process
    _start = start


def start_of_child() -> Start | None:
    """Return what a child process does first, None if it is nothing."""
    return _start


def line_of(
    error: Description, seen: Occurrence, call: Call, service: str | None = None, change: BeforeEmit | None = None
) -> Line:
    """Return what makes the line of an error; it keeps no object of the program's.

    What `change` raises, or makes of the payload that is no strict JSON, costs its changes and not the line.

    Args:
        error: What there is to say of it.
        seen: How it happened.
        call: What the program was doing.
        service: In place of this program's own.
        change: Changes the payload in place, or returns another one, or False to write nothing; in place of the
            function that `init` was given.
    """
    return partial(_line, error, seen, call, service, change)


def _line(
    error: Description, seen: Occurrence, call: Call, service: str | None, change: BeforeEmit | None, count: int
) -> bytes | None:
    program = runtime()
    if service:
        program = program.but(service=service)

    def payload(failure: str | None) -> Payload:
        told = (
            seen.but(occurrences=count, internal_error=failure or seen.internal_error) if failure or count > 1 else seen
        )
        return build(error, told, call, program)

    return _encoded(payload, change or _before_emit)


def _encoded(make: Callable[[str | None], Payload], change: BeforeEmit | None) -> bytes | None:
    if change is None:
        return encode(make(None))
    line, failure = attempt(lambda: _changed(_own(make(None)), change))
    return encode(make(f"before_emit: {failure}")) if failure else line


def _own(value: Any) -> Any:
    # The frames of an error are those of others too, and its line without the changes is made of the rest.
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _changed(payload: Payload, change: BeforeEmit) -> bytes | None:
    identity = {name: payload["svcerrors"][name] for name in _IDENTITY}
    answer = change(payload)
    if answer is False:
        return None
    changed = answer if isinstance(answer, dict) else payload
    return encode({**changed, "svcerrors": {**changed["svcerrors"], **identity}})
