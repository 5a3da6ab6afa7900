"""Where a route leads: its name stands in the policy, its address in the environment, where secrets are kept."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from svcerrors._errors import RouteFailed
from svcerrors.ops.alerts.notices import LOG

__all__ = ["NAME", "address_of", "is_slack", "missing", "variable"]

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
"""What a route may be called."""

_SLACK = ("hooks.slack.com", "hooks.slack-gov.com")


def variable(route: str) -> str:
    """Return the environment variable that holds the address of a route."""
    return f"SVCERRORS_ROUTE_{route.upper().replace('-', '_')}"


def address_of(route: str, environ: Mapping[str, str]) -> str:
    """Return the address of a route.

    Raises:
        RouteFailed: It has none, or one that no POST can go to.
    """
    # Whoever deploys may have written the name in small letters.
    given = next((value.strip() for name, value in environ.items() if name.upper() == variable(route)), "")
    if not given:
        raise RouteFailed(f"it has no address: set {variable(route)}")
    if not _is_http(given):
        raise RouteFailed(f"{variable(route)} is no address of a webhook: give https://…")
    return given


def is_slack(address: str) -> bool:
    """Tell whether an address is an incoming webhook of Slack, which wants a text and no JSON of ours."""
    return urlsplit(address).hostname in _SLACK


def missing(route: str, environ: Mapping[str, str]) -> str | None:
    """Return why nothing can be sent on a route, None when something can."""
    try:
        return None if route == LOG else address_of(route, environ) and None
    except RouteFailed as exc:
        return str(exc)


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
