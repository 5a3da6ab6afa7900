"""What BigQuery's answers mean, whichever client took them: will the same request be taken later, or never?"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from svcerrors._errors import WarehouseError, WarehouseRefused, WarehouseUnavailable

__all__ = ["failure", "line", "refusal", "unknown_fields"]

_KINDS: dict[int, type[WarehouseError]] = {400: WarehouseRefused, 413: WarehouseRefused}
"""By HTTP status; any other may pass."""

_REASONS = {401: "authError", 403: "accessDenied", 404: "notFound"}
_APPLY = "run `svcerrors apply`, then wait a minute for BigQuery to know it"
_HINTS = {
    "accessDenied": "give this account roles/bigquery.dataEditor on the dataset, roles/bigquery.jobUser on the project",
    "authError": "log in: gcloud auth application-default login",
    "notFound": _APPLY,
    "quotaExceeded": "it passes, or raise the quota",
    "rateLimitExceeded": "it passes, or raise the quota",
}
_NO_PROJECT = "is the project's name right, and are you in it? gcloud projects list"
_IS_PROJECT = re.compile(r"(The project [^ ]+ has not|Not found: Project|Unknown project|Invalid project)")
_NO_SUCH_FIELD = "no such field"

Faults = Sequence[Mapping[str, Any]]
"""`insertErrors` of an answer to tabledata.insertAll
(https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll#response-body)."""


def failure(
    where: str, code: int, said: object, reason: str | None = None, on_404: type[WarehouseError] = WarehouseUnavailable
) -> WarehouseError:
    """Return the error for a status that is none of success.

    Args:
        where: The store's address, for the message.
        code: The HTTP status.
        said: BigQuery's message.
        reason: BigQuery's word (https://cloud.google.com/bigquery/docs/error-messages); the status's unless given.
        on_404: What a missing table means. For an insert it may pass: for minutes after a table was made, and now and
            then for one that is old (python-bigquery#1396), BigQuery says that it is not there.
    """
    hint = _NO_PROJECT if _IS_PROJECT.match(line(said)) else _HINTS.get(reason or _REASONS.get(code, ""))
    kind = {**_KINDS, 404: on_404}.get(code, WarehouseUnavailable)
    words = line(said)
    return kind(f"{where}: {words.rstrip('.')}; {hint}" if hint else f"{where}: {words}")


def refusal(where: str, table: str, faults: Faults) -> WarehouseError:
    """Return the error for rows that an answer of 200 says were not stored.

    Only `invalid` is for ever, and not even that where a column is new: BigQuery knows it on some machines sooner than
    on others (google-cloud-ruby#3805).
    """
    told = _told(faults)
    bad: dict[int, str] = {}
    for index, error in told:
        if error["reason"] == "invalid" and _NO_SUCH_FIELD not in error["message"]:
            bad.setdefault(index, f"{error.get('location') or '?'}: {error['message']}")
    if bad:
        index = min(bad)
        return WarehouseRefused(f"{table}, row {index + 1}: {bad[index]}", bad)
    said = "; ".join(sorted({f"{error['reason']}: {error['message']}" for _, error in told})) or "stopped"
    return WarehouseUnavailable(f"{where}: {table} took no rows now: {said}")


def unknown_fields(faults: Faults) -> set[str]:
    """Return the fields that this answer says its machine does not know yet, as `column` or `column.field`."""
    return {
        error["message"].partition(":")[2].strip(" .")
        for _, error in _told(faults)
        if error["reason"] == "invalid" and error["message"].startswith(f"{_NO_SUCH_FIELD}:")
    }


def line(said: object) -> str:
    """Return the first line of a message."""
    return next(iter(str(said).splitlines()), type(said).__name__)


def _told(faults: Faults) -> list[tuple[int, Mapping[str, Any]]]:
    return [(fault["index"], error) for fault in faults for error in fault["errors"] if error["reason"] != "stopped"]
