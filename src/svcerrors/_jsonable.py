"""Anyone's values as strict JSON: bounded, redacted, and without calling an unknown object's code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from svcerrors._redact import REDACTED, is_secret_name, redact_text

__all__ = ["jsonable", "text"]

DEPTH, WIDTH, NODES = 5, 50, 500
"""How deep, how broad and how much in all of a structure is kept."""

KEY_LIMIT, TEXT_LIMIT = 100, 1_000
"""Characters kept of a key and of a text."""

CYCLE, CUT = "<cycle>", "…"

_INT64 = 63
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_NAME = type.__dict__["__name__"].__get__

# Their str() is known to be short and harmless. Looked up where they were imported, so that none is imported here.
_PRINTED = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("uuid", "UUID"),
}


def jsonable(value: Any) -> Any:
    """Return `value` as what strict JSON can hold.

    NaN and infinities become text, an unknown object its type's name, a value under a secret's name `[redacted]`.
    """
    return _plain(value, (), iter(range(NODES)))


def text(value: Any) -> str:
    """Return `value` as one redacted text of at most TEXT_LIMIT characters."""
    plain = _scalar(value)
    return plain if isinstance(plain, str) else str(plain)


def _plain(value: Any, around: tuple[int, ...], budget: Iterator[int]) -> Any:
    if not issubclass(type(value), (dict, list, tuple, set, frozenset)):
        return _scalar(value)
    if id(value) in around:
        return CYCLE
    if len(around) == DEPTH:
        return CUT
    around = (*around, id(value))
    if issubclass(type(value), dict):
        return _object(value, around, budget)
    return [_plain(item, around, budget) for item in islice(_items(value), WIDTH) if next(budget, None) is not None]


def _object(value: dict[Any, Any], around: tuple[int, ...], budget: Iterator[int]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, item in islice(dict.items(value), WIDTH):
        if next(budget, None) is None:
            break
        name = text(key)[:KEY_LIMIT]
        plain[name] = REDACTED if is_secret_name(name) else _plain(item, around, budget)
    return plain


def _items(value: Any) -> Iterator[Any]:
    kind = next(kind for kind in (list, tuple, set, frozenset) if issubclass(type(value), kind))
    return kind.__iter__(value)


def _scalar(value: Any) -> Any:
    cls = type(value)
    if value is None or cls is bool:
        return value
    known = next((read for kind, read in _READERS if issubclass(cls, kind)), None)
    if known:
        return known(value)
    return _cut(str(value)) if _is_printed(cls) else f"<{_NAME(cls)[:KEY_LIMIT]}>"


def _of_str(value: str) -> str:
    return _cut(str.__getitem__(value, slice(0, 2 * TEXT_LIMIT)))


def _of_int(value: int) -> int | str:
    bits = int.bit_length(value)
    return int.__add__(value, 0) if bits <= _INT64 else f"<int of {bits} bits>"


def _of_float(value: float) -> float | str:
    number = float.__add__(value, 0.0)
    return _NOT_FINITE.get(float.__repr__(number), number)


def _of_bytes(value: bytes) -> str:
    return _cut(bytes.decode(bytes.__getitem__(value, slice(0, 2 * TEXT_LIMIT)), "utf-8", "backslashreplace"))


def _is_printed(cls: type) -> bool:
    return any(getattr(sys.modules.get(module), name, None) is cls for module, name in _PRINTED)


def _cut(value: str) -> str:
    # Redacted before the cut that counts: half a secret no longer looks like one.
    return redact_text(value)[:TEXT_LIMIT]


# Read with the base class's own methods: a subclass may override any of them.
_READERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, _of_str),
    (int, _of_int),
    (float, _of_float),
    (bytes, _of_bytes),
)
