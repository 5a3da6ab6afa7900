"""The function that the framework serves, and what a typed one raised."""

from collections.abc import Callable
from typing import Any

from svcerrors._capture import capture_errors
from svcerrors._context import is_captured
from svcerrors._watch import Patch

__all__ = ["original", "see_functions"]


def see_functions(registry: Any) -> Patch:
    """Capture the function that is served, unless its program does: what it was called with is known only inside."""
    return Patch(registry, "get_user_function", _capturing)


def _capturing(former: Callable[..., Any], patch: Patch) -> Callable[..., Any]:
    def get_user_function(*args: Any, **kwargs: Any) -> Any:
        function = former(*args, **kwargs)
        return capture_errors(function) if patch.active and not is_captured(function) else function

    return get_user_function


def original(exc: BaseException) -> BaseException:
    """Return what a typed function raised, where the framework has put its own exception around it."""
    cls = type(exc)
    is_around = (cls.__name__, cls.__module__) == ("FunctionsFrameworkException", "functions_framework.exceptions")
    return exc.__cause__ if is_around and exc.__cause__ is not None else exc
