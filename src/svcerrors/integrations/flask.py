"""The request that Flask is handling, also under functions-framework; and the errors of a Flask application."""

import sys
from typing import Any

__all__ = ["current_request", "init_app"]


def current_request() -> Any | None:
    """Return Flask's current request, or None where Flask is not imported or handles none."""
    flask = sys.modules.get("flask")
    has_context = getattr(flask, "has_request_context", None)
    return getattr(flask, "request", None) if has_context and has_context() else None


def init_app(app: Any, **options: Any) -> None:
    """Record what a Flask application's views raise, and what it answers 500 or more.

    Args:
        app: The application.
        options: Those of `svcerrors.integrations.wsgi.Middleware`.

    Raises:
        UsageError: An option has a value that it cannot have.
    """
    from svcerrors.integrations.wsgi import Middleware  # noqa: PLC0415  # for web services only

    middleware = Middleware(app.wsgi_app, **options)
    app.wsgi_app = middleware

    def see(_app: Any, exception: BaseException, **_: Any) -> None:
        middleware.see(exception)

    sys.modules["flask"].got_request_exception.connect(see, app, weak=False)
