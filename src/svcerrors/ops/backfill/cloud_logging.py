"""Cloud Logging asked for a page of entries; the one file that knows its client.

Over REST, whose JSON is what the Log Router exports: its error_ids are then those of the live rows. The client's own
list_entries cuts timestamps to microseconds, of which error_id is made, and over gRPC an audit entry whose type this
machine does not know cannot be read at all.
"""

import re
from typing import Any

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.cloud.logging_v2 import Client
from requests.exceptions import RequestException

from svcerrors._errors import LogsRefused, LogsUnavailable
from svcerrors.ops.backfill.pages import Page
from svcerrors.ops.backfill.quota import Quota

__all__ = ["CloudLogging"]

PAGE_SIZE = 1_000
"""Entries of a page; Cloud Logging gives no more (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list)."""

ANSWER_SECONDS = 120.0
"""A search of a large log answers late, and then perhaps with an empty page."""

_PASSING = (
    exceptions.TooManyRequests,
    exceptions.ServerError,
    exceptions.RetryError,
    RequestException,
    ValueError,  # half an answer: no JSON
)

_REQUEST = re.compile(r"^(\d{3} )?POST \S+ ")
"""What the client puts before the words of the answer."""

_ADVICE = {
    400: "is the filter right?",
    401: "are there credentials? `gcloud auth application-default login`",
    403: "give the account roles/logging.viewer there, and enable logging.googleapis.com",
    404: "is the name right?",
}


class CloudLogging:
    """Reads entries of some resources.

    Args:
        resources: Names: `projects/P`, a view of a log bucket, …
        quota: Waited for before each request.
        endpoint: Where the API is, unless at its usual address. A plain http one is asked without credentials.

    Raises:
        LogsRefused: There are no credentials.
    """

    def __init__(self, resources: tuple[str, ...], quota: Quota, endpoint: str | None = None) -> None:
        self._resources, self._quota = resources, quota
        more: dict[str, Any] = {"client_options": {"api_endpoint": endpoint}} if endpoint else {}
        if endpoint and endpoint.startswith("http://"):
            more["credentials"] = AnonymousCredentials()  # type: ignore[no-untyped-call]
        try:
            client = Client(project=resources[0].split("/")[1], _use_grpc=False, **more)  # type: ignore[no-untyped-call]
        except DefaultCredentialsError as exc:
            raise LogsRefused(f"Cloud Logging: no credentials: {_ADVICE[401]}") from exc
        self._connection = client._connection  # noqa: SLF001  # the client's own list_entries makes entries of less

    def page(self, wanted: str, token: str | None) -> Page:
        """Return a page.

        Args:
            wanted: The filter.
            token: Of the page; None for the first.

        Raises:
            LogsRefused: It will never be given.
            LogsUnavailable: It may be given later.
        """
        body = {"resourceNames": self._resources, "filter": wanted, "orderBy": "timestamp asc", "pageSize": PAGE_SIZE}
        answer = self._answer(body | ({"pageToken": token} if token else {}))
        return Page(answer.get("entries", []), answer.get("nextPageToken") or None)

    def _answer(self, body: dict[str, Any]) -> Any:
        self._quota.wait()
        try:
            return self._connection.api_request("POST", "/entries:list", data=body, timeout=ANSWER_SECONDS) or {}  # type: ignore[no-untyped-call]
        except GoogleAuthError as exc:
            if isinstance(exc, TransportError) or exc.retryable:
                raise LogsUnavailable(self._told(str(exc))) from exc
            raise LogsRefused(f"{self._told(str(exc))}: {_ADVICE[401]}") from exc
        except _PASSING as exc:
            raise LogsUnavailable(self._told(str(exc))) from exc
        except exceptions.ClientError as exc:
            raise LogsRefused(f"{self._told(str(exc))}: {_ADVICE.get(exc.code or 0, 'see docs/backfill.md')}") from exc

    def _told(self, words: str) -> str:
        said = _REQUEST.sub("", words).splitlines() or ["no word of why"]
        return f"Cloud Logging, {', '.join(self._resources)}: {said[0]}"
