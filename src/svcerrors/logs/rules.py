"""A message that somebody else's program always words the same way, and the error that it tells of."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from svcerrors._chain import MESSAGE_LIMIT
from svcerrors._redact import redact_text

__all__ = ["Rule", "Said", "first_match"]


class Rule(NamedTuple):
    """A text that `pattern` matches from its beginning tells of an error of `error_type`.

    A group `message` is the part of the text that is the message, a group `type` the error's type.
    """

    pattern: str
    error_type: str = ""


class Said(NamedTuple):
    """What a text said; the message is redacted."""

    error_type: str
    message: str


@cache
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern).match


def first_match(rules: Sequence[Rule], text: str) -> Said | None:
    """Return what the first rule that matches makes of a text."""
    head = text[:MESSAGE_LIMIT]
    for rule in rules:
        if found := _matcher(rule.pattern)(head):
            groups = found.groupdict()
            return Said(groups.get("type") or rule.error_type, redact_text(groups.get("message") or head.strip()))
    return None
