"""Who sent a push: the OpenID Connect token that Pub/Sub puts on it, verified.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions. The only file of the sink that knows google-auth.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Any

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.urllib3 import Request

from svcerrors._errors import TokenForeign, TokenInvalid, TokenUndecided
from svcerrors.warehouse._google_http import pool

__all__ = ["CERTIFICATES", "PushToken"]

CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")

SKEW = 10
"""Seconds by which clocks may differ."""

_TIMEOUT = 3.0
_BETWEEN = 30.0
"""Seconds between two questions for certificates: forged key ids must not make us ask Google for each."""

_AGAIN = 1.0
"""The same, as long as none was ever had."""

_MAX_AGE = re.compile(r"max-age=(\d{1,6})")
_DAMAGED = (ValueError, GoogleAuthError, TypeError, KeyError, AttributeError, RecursionError)
"""What google-auth raises for a token that is none; the last four for JSON of other shapes than it expects."""


class PushToken:
    """Verifies tokens; safe to share between threads.

    Args:
        audience: What a token must be made for.
        account: The e-mail of the service account whose token it must be.
        certificates: Where the issuer's certificates are, as `{key id: X.509 certificate}`.
    """

    def __init__(self, audience: str, account: str, certificates: str = CERTIFICATES) -> None:
        self._audience = audience
        self._account = account
        self._certificates = _Certificates(certificates)

    def verify(self, authorization: str) -> None:
        """Verify the header `Authorization` of a push.

        Raises:
            TokenInvalid: There is no token, or none that the issuer signed and that is valid now.
            TokenForeign: It is a good token of another audience or account.
            TokenUndecided: The certificates cannot be had.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenInvalid("no bearer token")
        claims = self._claims(token.strip())
        if claims.get("iss") not in ISSUERS:
            raise TokenInvalid("the token's issuer is not Google")
        if claims.get("aud") != self._audience:
            raise TokenForeign("the token is made for another audience")
        if claims.get("email") != self._account or claims.get("email_verified") is not True:
            raise TokenForeign("the token is another account's")

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
            key_id = header.get("kid")
            known = self._certificates.of(key_id) if isinstance(key_id, str) and header.get("alg") == "RS256" else None
            claims = jwt.decode(token, certs=known, clock_skew_in_seconds=SKEW) if known else None  # type: ignore[no-untyped-call]
        except _DAMAGED as exc:
            raise TokenInvalid("the token is damaged, expired, or not signed by Google") from exc
        if not isinstance(claims, Mapping):
            raise TokenInvalid("the token is not signed with a key of Google's")
        return claims


class _Certificates:
    """Certificates by key id, kept for as long as their server says, and over its outages."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._known: dict[str, str] = {}
        self._fresh_until = self._asked_at = float("-inf")

    def of(self, key_id: str) -> dict[str, str] | None:
        """Return the certificate of a key, None when there is no such key.

        Raises:
            TokenUndecided: None was ever had, and none can be had now.
        """
        known = self._known
        if not self._lock.acquire(blocking=key_id not in known):
            return {key_id: known[key_id]}  # another thread asks; what is known holds meanwhile
        try:
            now = monotonic()
            is_due = now > self._asked_at + (_BETWEEN if self._known else _AGAIN)
            if is_due and (now > self._fresh_until or key_id not in self._known):
                self._ask(now)
            if not self._known:
                raise TokenUndecided(f"no certificates can be had at {self._url}")
            return {key_id: self._known[key_id]} if key_id in self._known else None
        finally:
            self._lock.release()

    def _ask(self, now: float) -> None:
        self._asked_at = now
        # What is known stays known when the server is away: Google announces a new key days before it signs with it.
        with suppress(GoogleAuthError, ValueError):
            answer = Request(pool(self._url))(self._url, timeout=_TIMEOUT)  # type: ignore[no-untyped-call]
            if answer.status == HTTPStatus.OK:
                self._known = _certificates(answer.data)
                age = _MAX_AGE.search(answer.headers.get("cache-control", ""))
                self._fresh_until = now + (int(age[1]) if age else _BETWEEN)


def _certificates(body: bytes) -> dict[str, str]:
    found = json.loads(body)
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError("no map of certificates")
    return found
