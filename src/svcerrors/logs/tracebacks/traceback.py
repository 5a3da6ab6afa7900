"""What the text of a traceback tells, in any language."""

from dataclasses import dataclass

from svcerrors._chain import Cause
from svcerrors._frames import Frame

__all__ = ["STACK_LIMIT", "Traceback", "ends"]

STACK_LIMIT = 102_400
"""Characters kept of a text: as many as one line of ours may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """An error as its text tells it; every text is redacted and bounded.

    Attributes:
        frames: Of the raised error, outermost first.
        causes: Nearest first.
        culprit: `file:line in function` of the innermost frame of the team's own code.
        handled: Did the program go on? False when the text does not tell.
        is_fragment: A piece of a text that arrived split.
    """

    error_type: str
    error_message: str
    stack_trace: str
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    culprit: str | None = None
    handled: bool = False
    is_fragment: bool = False


def ends(text: str, limit: int = STACK_LIMIT) -> str:
    """Return a text, its middle left out when it is longer than `limit`: the error stands at one end or the other."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n…\n{text[-half:]}"
