"""What gcloud shows of the deployed side, and what to make of it when it does not."""

from collections.abc import Callable
from typing import Any

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.doctor.link import Broken, Chain, Unchecked
from svcerrors.ops.gcloud import ask

__all__ = ["AGAIN", "google", "of_gcloud"]

AGAIN = "run deploy.sh again"

_HINTS = {
    "PERMISSION_DENIED": (Unchecked, "you may not see it"),
    "does not have permission": (Unchecked, "you may not see it"),
    "active account": (Unchecked, "log in: gcloud auth login"),
    "credentials": (Unchecked, "log in: gcloud auth login"),
    "": (Broken, AGAIN),
}
"""What to make of what gcloud says; the first that it holds counts."""


def google(chain: Chain, *words: str) -> Any:
    """Return what a command of gcloud describes or lists.

    Raises:
        Unchecked: Nothing is deployed, or you may not see it.
        Broken: It is not there.
    """
    if chain.is_local:
        raise Unchecked("nothing is deployed for a folder on this machine")
    return of_gcloud(ask, *words)


def of_gcloud(call: Callable[..., Any], *words: str) -> Any:
    """Return what gcloud gives to a call; raise Unchecked or Broken for what it says."""
    try:
        return call(*words)
    except UsageError as exc:
        raise Unchecked(str(exc)) from exc
    except SvcErrorsError as exc:
        kind, hint = next(what for needle, what in _HINTS.items() if needle in str(exc))
        raise kind(f"{exc}; {hint}") from exc
