"""Secrets out of texts, by their shape and by the name that stands before them; out of mappings, by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from svcerrors._light import pattern

__all__ = ["REDACTED", "is_secret_name", "redact_text", "redact_url", "use_emails"]

REDACTED = "[redacted]"

_SENSITIVE = (
    r"pass(?:word|wd|phrase)?|pwd?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key"
    r"|authorization|credentials?|cookie|session[_-]?id|dsn"
)
_SECRET_NAME = pattern(rf"(?:^|[_.\-]|(?<=[a-z])(?=[A-Z]))(?:{_SENSITIVE})s?$", re.IGNORECASE)

_NAMED = (
    *("pass", "pw", "secret", "token", "authorization", "credential", "cookie", "dsn"),
    *("apikey", "api_key", "api-key", "accesskey", "access_key", "access-key"),
    *("privatekey", "private_key", "private-key", "signingkey", "signing_key", "signing-key"),
    *("sessionid", "session_id", "session-id"),
)
"""Some word of every name."""

_QUERY = pattern(r"[?#].*", re.DOTALL)

# Each pattern is linear: no quantifier stands inside another, and every run is bounded. What it matches holds one of
# the words before it, in lower case: most texts hold no secret, and to look for a word costs a fraction of a pattern.
_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("://",), pattern(r"(?<=://)[^\s/@:'\"]{0,200}:[^\s/@'\"]{1,500}(?=@)"), REDACTED),
    (
        ("bearer", "basic"),
        pattern(r"\b(bearer|basic)\s+[\w.~+/=\-]{8,4000}", re.IGNORECASE),
        rf"\1 {REDACTED}",
    ),
    (("eyj",), pattern(r"\beyJ[\w\-]{5,4000}\.[\w\-]{5,8000}\.[\w\-]{0,4000}"), REDACTED),
    (
        ("aiza", "ya29.", "gocspx-"),
        pattern(r"\b(?:AIza[\w\-]{30,40}|ya29\.[\w.\-]{10,2000}|GOCSPX-[\w\-]{20,40})"),
        REDACTED,
    ),
    (("akia", "asia"), pattern(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), REDACTED),
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox"),
        pattern(r"\b(?:gh[pousr]_\w{20,255}|github_pat_\w{20,255}|xox[a-z]-[\w\-]{10,255})"),
        REDACTED,
    ),
    (("k_live_", "k_test_"), pattern(r"\b[sr]k_(?:live|test)_\w{10,255}"), REDACTED),
    (
        ("-----begin ",),
        pattern(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^\-]{0,8000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?"),
        REDACTED,
    ),
    (
        _NAMED,
        pattern(
            rf"((?<![\w\-])--[\w\-]{{0,40}}?(?:{_SENSITIVE})[\"']?,?\s{{1,3}}[\"']?)[^\s\"',]{{1,4000}}", re.IGNORECASE
        ),
        rf"\1{REDACTED}",
    ),
    (
        _NAMED,
        pattern(
            rf"((?=[acdpst])(?:{_SENSITIVE})[\"']?\s{{0,3}}[=:]\s{{0,3}})(?:\"[^\"]{{1,4000}}\"|'[^']{{1,4000}}'|[^\s\"'&,;(){{}}\[\]]{{1,4000}})",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)


_EMAIL = (
    ("@",),
    pattern(r"(?<![\w.%+\-])[\w.%+\-]{1,64}@(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}\b", re.IGNORECASE),
    REDACTED,
)


def _words_of(shapes: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words, _, _ in shapes for word in words))


_shapes = _SHAPES
_words = _words_of(_SHAPES)

LINES_LIMIT = 16_384
"""Characters of a text whose lines are looked up one by one: those of tracebacks come again and again."""


def redact_text(text: str) -> str:
    """Return `text` with every secret that a pattern knows replaced."""
    if len(text) <= LINES_LIMIT and not any(map(_is_suspect, text.split("\n"))):
        return text
    lower = text.lower()
    found = {word for word in _words if word in lower}
    if found:
        for words, shape, replacement in _shapes:
            if not found.isdisjoint(words):
                text = shape.sub(replacement, text)
    return text


@lru_cache(maxsize=8_192)
def _is_suspect(line: str) -> bool:
    """Tell whether a line holds one of the words; none of them goes over the end of a line."""
    lower = line.lower()
    return any(map(lower.__contains__, _words))


def redact_url(url: str) -> str:
    """Return a URL without its query string, fragment and credentials."""
    bare = _QUERY.sub("", url)
    scheme, separator, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    return redact_text(f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}")


def is_secret_name(name: str) -> bool:
    """Tell whether a key names a secret: `password`, `DB_PASSWORD`, `x-api-key`, `accessToken`."""
    return bool(_SECRET_NAME.search(name))


def use_emails(environ: Mapping[str, str], *, wanted: bool | None = None) -> None:
    """Redact the addresses of e-mails too, from now on, or do not.

    Args:
        environ: SVCERRORS_REDACT_EMAILS=1 in it wants it.
        wanted: In place of the environment.
    """
    global _shapes, _words  # noqa: PLW0603  # one program is one process
    if wanted is None:
        wanted = environ.get("SVCERRORS_REDACT_EMAILS") == "1"
    _shapes = (*_SHAPES, _EMAIL) if wanted else _SHAPES
    _words = _words_of(_shapes)
    _is_suspect.cache_clear()
