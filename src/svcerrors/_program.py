"""What `init` was told of this program, and the lines of its errors."""

import os
from functools import partial
from typing import Any

from svcerrors._before_emit import BeforeEmit, encoded
from svcerrors._chain import Description
from svcerrors._line import Call
from svcerrors._payload import Occurrence, build
from svcerrors._runtime import Runtime, identify
from svcerrors._storm import Line

__all__ = ["identify_as", "line_of", "runtime"]

_configured: Runtime | None = None
_before_emit: BeforeEmit | None = None


def identify_as(known: Runtime | None, before_emit: BeforeEmit | None = None) -> None:
    """Set who this program is, and who has the last word; None reads the environment again at the next error."""
    global _configured, _before_emit  # one program is one process
    _configured, _before_emit = known, before_emit


def runtime() -> Runtime:
    """Return who this program is."""
    return _configured or identify(os.environ)


def line_of(
    error: Description, seen: Occurrence, call: Call, service: str | None = None, change: BeforeEmit | None = None
) -> Line:
    """Return what makes the line of an error; it keeps no object of the program's.

    Args:
        error: What there is to say of it.
        seen: How it happened.
        call: What the program was doing.
        service: In place of this program's own.
        change: The team's function, in place of the one that `init` was given.
    """
    return partial(_line, error, seen, call, service, change)


def _line(
    error: Description, seen: Occurrence, call: Call, service: str | None, change: BeforeEmit | None, count: int
) -> bytes | None:
    program = runtime()
    if service:
        program = program.but(service=service)

    def payload(failure: str | None) -> dict[str, Any]:
        told = (
            seen.but(occurrences=count, internal_error=failure or seen.internal_error) if failure or count > 1 else seen
        )
        return build(error, told, call, program)

    return encoded(payload, change or _before_emit)
