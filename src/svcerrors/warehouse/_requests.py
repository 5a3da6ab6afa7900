"""Rows cut into requests, by sizes that were measured before anything is sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from svcerrors._errors import WarehouseRefused

__all__ = ["MAX_ROW_BYTES", "numbered_from", "requests"]

MAX_ROW_BYTES = 9_900_000
"""A row that is larger is not sent: BigQuery takes none above 10 MB, and says so in three different ways by its size
(python-bigquery#1296)."""


def requests(table: str, sizes: Sequence[int], max_rows: int, max_bytes: int) -> Iterator[slice]:
    """Cut rows into requests.

    Args:
        table: Its name, for the message.
        sizes: The bytes of each row as it is sent.
        max_rows: Of one request.
        max_bytes: Of one request.

    Raises:
        WarehouseRefused: Rows, which it names, are too large for any request.
    """
    limit = f"more than the {MAX_ROW_BYTES} that BigQuery takes of a row"
    if large := {index: f"{size} bytes are {limit}" for index, size in enumerate(sizes) if size > MAX_ROW_BYTES}:
        first = min(large)
        raise WarehouseRefused(f"{table}, row {first + 1}: {large[first]}", large)
    start = total = 0
    for index, size in enumerate(sizes):
        if index > start and (index - start == max_rows or total + size > max_bytes):
            yield slice(start, index)
            start, total = index, 0
        total += size
    if start < len(sizes):
        yield slice(start, len(sizes))


@contextmanager
def numbered_from(before: int) -> Iterator[None]:
    """Number the rows that a refusal names as the caller does, who gave so many before them."""
    try:
        yield
    except WarehouseRefused as exc:
        raise WarehouseRefused(str(exc), {before + index: fault for index, fault in exc.rows.items()}) from exc
