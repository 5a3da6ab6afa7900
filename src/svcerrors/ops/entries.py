"""Log entries from a stream: JSON lines, or the array that `gcloud logging read --format=json` prints."""

import codecs
import json
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from svcerrors.sink import Delivery, read

__all__ = ["read_entries"]

CHUNK = 1 << 20
"""Bytes read at a time of an array."""


def read_entries(stream: BinaryIO) -> Iterator[Delivery]:
    """Yield each log entry of a stream; what is none is yielded with its fault, and the rest is read on.

    Args:
        stream: UTF-8 bytes. An array is read piece by piece, never whole.
    """
    lines = (line for line in stream if line.strip())
    first = next(lines, b"")
    if first.lstrip().startswith(b"["):
        yield from _array(chain([first], iter(lambda: stream.read(CHUNK), b"")))
    else:
        yield from (read(line.strip()) for line in chain([first] if first else [], lines))


def _array(chunks: Iterator[bytes]) -> Iterator[Delivery]:
    decoder = json.JSONDecoder()
    pieces = codecs.iterdecode(chunks, "utf-8", "surrogateescape")
    text = next(pieces).lstrip().removeprefix("[")
    for more in chain(pieces, [""]):
        text += more
        while (text := text.lstrip(" \t\r\n,")) and not text.startswith("]"):
            try:
                entry, end = decoder.raw_decode(text)
            except (ValueError, RecursionError):
                break
            yield Delivery(text[:end].encode("utf-8", "surrogateescape"), entry)
            text = text[end:]
    if not text.startswith("]"):
        yield Delivery(text.encode("utf-8", "surrogateescape"), fault="the array ends in the middle of an entry")
