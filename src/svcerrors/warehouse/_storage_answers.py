"""What the Storage Write API's answers mean, as statuses of HTTP, which the other way in has anyhow.

https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1#appendrowsresponse.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from svcerrors.warehouse._bigquery_answers import line

__all__ = ["Answer", "broken", "paths", "read"]

_HTTP = {3: 400, 5: 404, 7: 403, 8: 429, 16: 401}
"""By code (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto): invalid, not found, denied,
exhausted, not authenticated."""

_MAY_PASS = 503
"""Any other: the server restarts, the stream was closed, nobody knows."""

_EXTRA_FIELDS = "Input schema has more fields than BigQuery schema"


class Answer(NamedTuple):
    """What became of one append.

    Attributes:
        status: The HTTP status that says the same; 200 when the rows are stored.
        said: The server's message.
        bad_rows: The rows that are to blame, by position, and why.
        has_extra_fields: The table does not know every field of the message.
        fields: Those that the table has, as `column` or `column.field`, if it has got more since the stream was opened.
    """

    status: int
    said: str = ""
    bad_rows: Mapping[int, str] = MappingProxyType({})
    has_extra_fields: bool = False
    fields: frozenset[str] | None = None


def read(response: Any, names_extra: Callable[[Any], bool]) -> Answer:
    """Read an AppendRowsResponse.

    Args:
        response: The message.
        names_extra: Tells whether a detail of its error says that the rows have more fields than the table.
    """
    bad = {error.index: line(error.message) for error in response.row_errors}
    if not response.HasField("error") and not bad:
        grown = response.HasField("updated_schema")
        return Answer(200, fields=frozenset(paths(response.updated_schema.fields)) if grown else None)
    found = broken(response.error.code, response.error.message)
    is_extra = found.has_extra_fields or any(map(names_extra, response.error.details))
    return found._replace(status=400 if bad else found.status, bad_rows=bad, has_extra_fields=is_extra)


def broken(code: int, said: str) -> Answer:
    """Return what a code and its message mean, whether an answer says them or the end of the stream."""
    return Answer(_HTTP.get(code, _MAY_PASS), said, has_extra_fields=_EXTRA_FIELDS in said)


def paths(fields: Any, before: str = "") -> Iterable[str]:
    """Return the fields of a TableSchema, or of columns of ours, as `column` or `column.field`."""
    for field in fields:
        yield f"{before}{field.name}"
        yield from paths(field.fields, f"{before}{field.name}.")
