"""Where what Google's clients raise becomes ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from svcerrors._errors import WarehouseError, WarehouseUnavailable
from svcerrors.warehouse._bigquery_answers import failure, line

__all__ = ["ours"]


@contextmanager
def ours(where: str, on_404: type[WarehouseError] = WarehouseUnavailable) -> Iterator[None]:
    """Raise what Google's client raises as a WarehouseError.

    Args:
        where: The store's address, for the message.
        on_404: What a missing table means.
    """
    try:
        yield
    except RetryError as exc:
        raise _error(where, exc.cause or exc, on_404) from exc
    except (GoogleAPIError, GoogleAuthError, OSError) as exc:
        raise _error(where, exc, on_404) from exc


def _error(where: str, exc: Exception, on_404: type[WarehouseError]) -> WarehouseError:
    if isinstance(exc, DefaultCredentialsError):
        return failure(where, 401, "no credentials")
    if not isinstance(exc, GoogleAPICallError):
        return WarehouseUnavailable(f"{where}: {type(exc).__name__}: {line(exc)}")
    told: Mapping[str, Any] = next(iter(exc.errors), {})
    return failure(where, int(exc.code or 0), told.get("message") or exc.message, told.get("reason"), on_404)
