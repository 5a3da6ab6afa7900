"""The errors of a Flask application."""

import sys
from typing import Any

from svcerrors.integrations.wsgi import Middleware

__all__ = ["init_app"]


def init_app(app: Any, **options: Any) -> None:
    """Record what a Flask application's views raise, and what it answers 500 or more.

    Args:
        app: The application.
        options: Those of `svcerrors.integrations.wsgi.Middleware`.

    Raises:
        UsageError: An option has a value that it cannot have.
    """
    middleware = Middleware(app.wsgi_app, **options)
    app.wsgi_app = middleware

    def see(_app: Any, exception: BaseException, **_: Any) -> None:
        middleware.see(exception)

    sys.modules["flask"].got_request_exception.connect(see, app, weak=False)
