"""The request that Flask is handling, also under functions-framework."""

import sys
from typing import Any

__all__ = ["current_request"]


def current_request() -> Any | None:
    """Return Flask's current request, or None where Flask is not imported or handles none."""
    flask = sys.modules.get("flask")
    has_context = getattr(flask, "has_request_context", None)
    return getattr(flask, "request", None) if has_context and has_context() else None
