"""Where Google's errors become ours: will the same request be taken later, or never?"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from svcerrors._errors import WarehouseError, WarehouseRefused, WarehouseUnavailable

__all__ = ["ours", "refusal"]

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


@contextmanager
def ours(where: str, on_404: type[WarehouseError] = WarehouseUnavailable) -> Iterator[None]:
    """Raise what Google's client raises as a WarehouseError.

    Args:
        where: The store's address, for the message.
        on_404: What a missing table means. For an insert it may pass: for minutes after a table was made, and now and
            then for one that is old (python-bigquery#1396), BigQuery says that it is not there.
    """
    try:
        yield
    except RetryError as exc:
        raise _error(where, exc.cause or exc, on_404) from exc
    except (GoogleAPIError, GoogleAuthError, OSError) as exc:
        raise _error(where, exc, on_404) from exc


def refusal(where: str, table: str, faults: Sequence[Mapping[str, Any]]) -> WarehouseError:
    """Return the error for rows that an answer of 200 says were not stored.

    Only `invalid` is for ever, and not even that where a column is new: BigQuery knows it on some machines sooner than
    on others (google-cloud-ruby#3805).
    """
    told = [(fault["index"], error) for fault in faults for error in fault["errors"] if error["reason"] != "stopped"]
    for index, error in told:
        if error["reason"] == "invalid" and "no such field" not in error["message"]:
            column = error.get("location") or "?"
            return WarehouseRefused(f"{table}, row {index + 1}: {column}: {error['message']}")
    said = "; ".join(sorted({f"{error['reason']}: {error['message']}" for _, error in told})) or "stopped"
    return WarehouseUnavailable(f"{where}: {table} took no rows now: {said}")


def _error(where: str, exc: Exception, on_404: type[WarehouseError]) -> WarehouseError:
    if isinstance(exc, DefaultCredentialsError):
        return WarehouseUnavailable(f"{where}: no credentials; {_HINTS['authError']}")
    if not isinstance(exc, GoogleAPICallError):
        return WarehouseUnavailable(f"{where}: {type(exc).__name__}: {_line(exc)}")
    code = int(exc.code or 0)
    told: Mapping[str, Any] = next(iter(exc.errors), {})
    hint = _HINTS.get(told.get("reason", _REASONS.get(code)))
    said = _line(told.get("message") or exc.message)
    return {**_KINDS, 404: on_404}.get(code, WarehouseUnavailable)(f"{where}: {said}{f'; {hint}' if hint else ''}")


def _line(said: object) -> str:
    return next(iter(str(said).splitlines()), type(said).__name__)
