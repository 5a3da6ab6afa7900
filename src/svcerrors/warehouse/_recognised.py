"""Which group an error of a team's own table belongs to: the one that it has when the same error is told to us."""

import json

from svcerrors._fingerprint import fingerprint
from svcerrors._redact import redact_text
from svcerrors.logs.tracebacks import parse

__all__ = ["recognised"]


def recognised(kind: str, error_type: str, message: str, stack_trace: str | None) -> str:
    """Return as JSON what is known of a kind of errors: its fingerprint and type, and its culprit where one shows.

    A whole stack trace tells them as it would in a log; without one it is what type and message make, as for an error
    that was logged without its exception.

    Args:
        kind: What the answer is to name it by.
        error_type: As their column has it.
        message: As their column has it.
        stack_trace: As their column has it.
    """
    found = parse(stack_trace) if stack_trace else None
    if found is None or found.is_fragment:
        said = {"error_type": error_type, "fingerprint": fingerprint(error_type, (), redact_text(message))}
    else:
        same = fingerprint(found.error_type, found.frames, found.error_message)
        said = {"error_type": found.error_type, "fingerprint": same, "culprit": found.culprit or ""}
    return json.dumps({"kind": kind, **{name: value for name, value in said.items() if value}})
