"""The only definition of "the same error"."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache

from svcerrors._frames import Frame, in_app
from svcerrors._light import pattern

try:  # past OpenSSL, whose import takes longer than that of any module of ours
    if sys.version_info >= (3, 12):
        from _sha2 import sha256
    else:
        from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:  # an interpreter built without its own hashes
    from hashlib import sha256

__all__ = ["LOGGED_ERROR", "VERSION", "fingerprint", "normalise"]

VERSION = "v1"

LOGGED_ERROR = "LoggedError"
"""The type of an error that was logged without an exception."""

# CPython 3.12 inlines comprehensions: their frames come and go with the interpreter.
_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})

# app.3f2a91bc.js, index-Bk2cX9Zq.js: a bundler names its files after their content.
_BUNDLED = pattern(r"[.\-_](?=[A-Za-z]{0,20}\d)(?:[0-9a-f]{6,40}|[\w]{8})(?=(?:\.[a-z]{1,10})?\.[cm]?js$)")

_MESSAGE_LIMIT = 1_000
_VARIABLE = (
    (pattern(r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\""), "'…'"),
    (pattern(r"(?:[A-Za-z]:)?(?:/[\w.@+\-]{1,100})+/"), "…/"),
    (pattern(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "#"),
    (
        pattern(
            r"\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b,?|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
        ),
        "#",
    ),
    (pattern(r"\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)[0-9a-f]{7,64}\b"), "#"),
    (pattern(r"\d+"), "#"),
    (pattern(r"\s+"), " "),
)


def fingerprint(error_type: str, frames: Iterable[Frame], message: str) -> str:
    """Return the identity of an error: the same in every process, and for a record and its text.

    Hashes the type and the team's own (file, function) pairs, each once in order of first appearance, so that the
    depth of a recursion does not show. Without such frames, and for a LoggedError, the type and the message
    without its variable parts.

    Args:
        error_type: Class name with its module unless builtin.
        frames: Frames of the raised exception, outermost first.
        message: The redacted message.
    """
    name = error_type.removeprefix("__main__.")
    places = [] if name == LOGGED_ERROR else _places(frames)
    parts = [name, *(places or [normalise(message)])]
    return f"{VERSION}:{sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:16]}"


def normalise(message: str) -> str:
    """Return a message without its quoted values, folders, ids, addresses, dates and numbers."""
    text = message[:_MESSAGE_LIMIT]
    for variable, replacement in _VARIABLE:
        text = variable.sub(replacement, text)
    return text.strip()


def _places(frames: Iterable[Frame]) -> list[str]:
    return list(dict.fromkeys(place for frame in frames if (place := _place(frame[0], frame[2]))))


@lru_cache(maxsize=2_048)
def _place(file: str, function: str) -> str | None:
    own = function not in _COMPREHENSIONS and in_app(file)
    return f"{_basename(file)}:{function}" if own else None


def _basename(path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    return _BUNDLED.sub("", name) if name.endswith("js") else name
