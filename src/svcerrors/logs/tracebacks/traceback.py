"""What the text of a traceback tells, in any language."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from svcerrors._chain import CHAIN_LIMIT, MESSAGE_LIMIT, Cause
from svcerrors._frames import NAME_LIMIT, Frame, bounded, culprit
from svcerrors._redact import redact_text

__all__ = ["STACK_LIMIT", "Traceback", "cause", "ends", "outermost_first", "told"]

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


def told(
    error_type: str,
    message: str,
    text: str,
    *,
    frames: Iterable[Frame] = (),
    causes: Sequence[Cause] = (),
    place: str | None = None,
    handled: bool = False,
    is_fragment: bool = False,
) -> Traceback:
    """Return what a text tells of an error, redacted and bounded.

    Args:
        error_type: As the language names it.
        message: Its words.
        text: The whole.
        frames: Outermost first.
        causes: Nearest first, made by `cause`.
        place: The culprit, where the text names one that is no frame.
        handled: Did the program go on?
        is_fragment: A piece of a text that arrived split.
    """
    kept = tuple(bounded(frames))
    return Traceback(
        error_type=error_type[:NAME_LIMIT],
        error_message=_words(message),
        stack_trace=redact_text(ends(text.strip("\n"))),
        frames=kept,
        causes=tuple(causes[:CHAIN_LIMIT]),
        culprit=place or culprit(kept),
        handled=handled,
        is_fragment=is_fragment,
    )


def outermost_first(frame: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the frames of a text that prints the innermost one first, as many as are kept."""
    return bounded(reversed(list(frame.finditer(text))))


def cause(error_type: str, message: str, relation: str = "cause") -> Cause:
    """Return a linked error, redacted and bounded."""
    return Cause(error_type[:NAME_LIMIT], _words(message), relation)


def _words(message: str) -> str:
    return redact_text(message[: 2 * MESSAGE_LIMIT].strip("\n"))[:MESSAGE_LIMIT]
