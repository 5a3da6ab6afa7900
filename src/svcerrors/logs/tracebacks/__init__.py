"""Tracebacks out of text: one language a file, each with `parse(text) -> Traceback | None`."""

import re

from svcerrors.logs.tracebacks import interpreter, python
from svcerrors.logs.tracebacks.traceback import Traceback, ends

__all__ = ["LANGUAGES", "Traceback", "parse"]

LANGUAGES = (interpreter.parse, python.parse)
"""Asked in this order; the first that knows the text decides."""

_READ_LIMIT = 262_144
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[mK]")


def parse(text: str) -> Traceback | None:
    """Return the error that a text tells of, None when it tells of none."""
    plain = _COLOUR.sub("", ends(text, _READ_LIMIT)).replace("\r\n", "\n")
    found = (language(plain) for language in LANGUAGES)
    return next((one for one in found if one), None)
