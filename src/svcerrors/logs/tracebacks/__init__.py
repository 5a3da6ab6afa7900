"""Tracebacks out of text: one language a file, each with `parse(text) -> Traceback | None`."""

import re
from collections.abc import Callable, Iterator

from svcerrors.logs.tracebacks import dart, dotnet, go, interpreter, java, loguru, native, node, php, python, ruby, rust
from svcerrors.logs.tracebacks.traceback import Traceback, ends

__all__ = ["LANGUAGES", "Traceback", "parse"]

LANGUAGES: tuple[tuple[tuple[str, ...], Callable[[str], Traceback | None]], ...] = (
    (("Traceback (most recent call last)", '  File "'), python.parse),
    (("goroutine ", "panic: ", "fatal error: ", "http: panic "), go.parse),
    (("' panicked at ", " panicked at "), rust.parse),
    (("at ", "Exception in thread "), java.parse),
    (("at ", "Unhandled exception. "), dotnet.parse),
    (("    at ", "Error", "Rejection", "--trace-uncaught", "heap out of memory"), node.parse),
    ((":in ",), ruby.parse),
    ((" error: ", "Next "), php.parse),
    (("Unhandled exception:\n",), dart.parse),
)
"""Asked in this order, each only of a text that holds one of its words; the first that knows the text decides."""

# What is said in one line, or at the beginning of a text; the last of them knows an error by its last line alone.
_BRIEF = (native.parse, python.parse)

_READ_LIMIT = 262_144
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[mK]")


def parse(text: str) -> Traceback | None:
    """Return the error that a text tells of, None when it tells of none."""
    plain = loguru.plain(_uncoloured(ends(text, _READ_LIMIT)).strip("\r\n"))
    return next((found for read in _readers(plain) if (found := read(plain))), None)


def _uncoloured(text: str) -> str:
    text = _COLOUR.sub("", text) if "\x1b" in text else text
    return text.replace("\r\n", "\n") if "\r" in text else text


def _readers(text: str) -> Iterator[Callable[[str], Traceback | None]]:
    yield interpreter.parse
    asked = []
    for words, read in LANGUAGES:
        if any(word in text for word in words):
            yield read
            asked.append(read)
    yield from (read for read in _BRIEF if read not in asked)
