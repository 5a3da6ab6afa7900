"""HTTP to Google with its credentials; its client costs more to load than all else of a sink, and brings grpc."""

import os
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

import certifi
import google.auth
import urllib3
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.urllib3 import Request

from svcerrors._errors import WarehouseUnavailable
from svcerrors.warehouse._bigquery_answers import failure, line

__all__ = ["BIGQUERY", "CONNECT_SECONDS", "READ_SECONDS", "TOKEN_SECONDS", "Answer", "GoogleHttp", "pool"]

CONNECT_SECONDS, READ_SECONDS = 2.0, 4.5
TOKEN_SECONDS = 3.0
"""After so long no further attempt is made to get a token; the library's own patience is two minutes."""

_CONNECTIONS = 100
"""Kept open at most; above the writers that share them, of which urllib3 would otherwise close those beyond ten
(python-bigquery#59)."""

BIGQUERY = "https://www.googleapis.com/auth/bigquery"
"""The scope of a token for BigQuery alone."""


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes


class GoogleHttp:
    """Asks one of Google's servers; threads may share it, forked processes may not.

    Args:
        base: The server's address.
        where: The store's address, for messages.
        is_anonymous: Without credentials, as emulators are asked.
        scope: What its tokens are good for.

    Raises:
        WarehouseUnavailable: There are no credentials.
    """

    def __init__(self, base: str, where: str, *, is_anonymous: bool, scope: str = BIGQUERY) -> None:
        self._base, self._where = base, where
        self._http = pool(base)
        self._credentials = None if is_anonymous else _credentials(where, scope)

    def get(self, path: str) -> Answer:
        """Ask once; return whatever is answered. It takes as long as `post`, and raises what that raises."""
        return self._ask("GET", path)

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON once; return whatever is answered.

        It takes CONNECT_SECONDS + READ_SECONDS, and now and then TOKEN_SECONDS besides.

        Raises:
            WarehouseUnavailable: Nothing was answered, or half an answer.
        """
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        try:
            answer = self._send(method, path, body)
            if answer.status == HTTPStatus.UNAUTHORIZED and self._credentials:
                self._credentials.refresh(self._patient())  # type: ignore[no-untyped-call]  # revoked before its time
                answer = self._send(method, path, body)
        except (urllib3.exceptions.HTTPError, GoogleAuthError, OSError) as exc:
            raise WarehouseUnavailable(f"{self._where}: {type(exc).__name__}: {line(exc)}") from exc
        return answer

    def _send(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._credentials:
            self._credentials.before_request(self._patient(), method, self._base, headers)  # type: ignore[no-untyped-call]
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        answer = self._http.request(
            method, self._base + path, body=body, headers=headers, timeout=timeout, retries=False, redirect=False
        )
        return Answer(answer.status, answer.data)

    def _patient(self) -> "partial[Any]":
        return partial(_token_request, Request(self._http), monotonic() + TOKEN_SECONDS)  # type: ignore[no-untyped-call]


def _token_request(request: Request, deadline: float, *args: Any, **more: Any) -> Any:
    more["timeout"] = max(0.1, deadline - monotonic())
    try:
        return request(*args, **more)
    except TransportError as exc:
        if monotonic() < deadline:
            raise  # google-auth tries again
        raise TimeoutError(f"no token within {TOKEN_SECONDS:g} s: {line(exc)}") from exc


def _credentials(where: str, scope: str) -> Credentials:
    try:
        return google.auth.default(scopes=[scope])[0]
    except DefaultCredentialsError as exc:
        raise failure(where, HTTPStatus.UNAUTHORIZED, "no credentials") from exc
    except (GoogleAuthError, OSError) as exc:
        raise WarehouseUnavailable(f"{where}: {type(exc).__name__}: {line(exc)}") from exc


def pool(base: str) -> urllib3.PoolManager:
    """Return connections to a server; over the proxy that the environment names for it, if any."""
    scheme, _, host = base.partition("://")
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    # The machine's own certificates where they are named, as the clients of Google do; a slim image may hold none.
    how: dict[str, Any] = {
        "maxsize": _CONNECTIONS,
        "cert_reqs": "CERT_REQUIRED",
        "ca_certs": os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where(),
    }
    return urllib3.ProxyManager(proxy, **how) if proxy else urllib3.PoolManager(**how)
