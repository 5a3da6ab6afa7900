"""Log entries from a stream of JSON: one a line, arrays as `gcloud logging read --format=json` prints them, or both."""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from svcerrors.sink import Delivery

__all__ = ["read_entries"]

CHUNK = 1 << 20
"""Bytes read at a time; the stream is never held whole."""

RAW_LIMIT = 4_000_000
"""Characters of what is no JSON that are kept in one piece: BigQuery takes no row above 10 MB."""

TOKEN = 16
"""Characters that the longest token of JSON may lack: an escape, a literal."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BETWEEN = re.compile(r"[ \t\r\n,\[\]]*")
"""What stands between entries: an array is its entries, and several arrays are theirs."""

_NEXT_LINE, _NEXT_IN_LINE = re.compile(r"\n {0,2}[\[{]"), re.compile(r",\s*\{")

_decode = json.JSONDecoder().raw_decode


def read_entries(stream: BinaryIO) -> Iterator[Delivery]:
    """Yield each log entry of a stream; what is none is yielded with its fault, and the rest is read on.

    Args:
        stream: UTF-8 bytes, or UTF-16 with a byte order mark, as PowerShell writes.
    """
    text = ""
    for more in chain(_pieces(stream), [None]):
        text += more or ""
        at = _skip(text, 0)
        while at < len(text):
            try:
                entry, end = _decode(text, at)
            except (ValueError, RecursionError) as exc:
                if more is not None and _may_go_on(text[at:], exc):
                    break
                end = _resume(text, at)
                yield _faulty(text[at:end], exc)
            else:
                yield Delivery(_bytes(text[at:end]), entry)
            at = _skip(text, end)
        text = text[at:]


def _pieces(stream: BinaryIO) -> Iterator[str]:
    first = stream.read(CHUNK)
    encoding = next((name for mark, name in _BOMS if first.startswith(mark)), "utf-8")
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    yield from codecs.iterdecode(chain([first], iter(lambda: stream.read(CHUNK), b"")), encoding, errors)


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _may_go_on(text: str, exc: Exception) -> bool:
    """Tell whether the entry is only cut by the end of what was read so far."""
    if len(text) > RAW_LIMIT or not isinstance(exc, json.JSONDecodeError):
        return False
    is_at_the_end = len(exc.doc.rstrip()) - exc.pos < TOKEN
    return exc.msg.startswith("Unterminated string") or is_at_the_end or text[0] != "{"


def _resume(text: str, at: int) -> int:
    """Return where the next entry may begin: at a line with a brace near the margin, or after a comma."""
    found = _NEXT_LINE.search(text, at + 1) or _NEXT_IN_LINE.search(text, at + 1)
    return min(found.start() + 1 if found else len(text), at + RAW_LIMIT)


def _faulty(text: str, exc: Exception) -> Delivery:
    why = exc.msg if isinstance(exc, json.JSONDecodeError) else "nested too deeply"
    return Delivery(_bytes(text.strip()), fault=f"not JSON: {why}: {text.strip()[:40]!r}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
