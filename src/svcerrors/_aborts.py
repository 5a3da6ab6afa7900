"""Exceptions that are answers: `abort(404)` ends a request on purpose, and is no error."""

from svcerrors._guard import attempt

__all__ = ["is_answer"]

_BELOW_500 = range(100, 500)

# Exceptions that frameworks take for an answer: class, module, and where the status is.
_ANSWERS = (
    ("HTTPException", "werkzeug.exceptions", "code"),
    ("HTTPException", "starlette.exceptions", "status_code"),
    ("HTTPException", "aiohttp.web_exceptions", "status"),
    ("HTTPError", "falcon.http_error", "status_code"),
    ("HTTPError", "tornado.web", "status_code"),
    ("APIException", "rest_framework.exceptions", "status_code"),
)
_ALWAYS = (("Http404", "django.http.response"), ("PermissionDenied", "django.core.exceptions"))


def is_answer(exc: BaseException) -> bool:
    """Tell whether an exception is how a framework spells an answer below 500."""
    return bool(attempt(lambda: _is_answer(exc))[0])


def _is_answer(exc: BaseException) -> bool:
    known = {(cls.__name__, cls.__module__) for cls in type(exc).__mro__}
    if not known.isdisjoint(_ALWAYS):
        return True
    for name, module, attribute in _ANSWERS:
        if (name, module) in known:
            status = getattr(exc, attribute, None) or getattr(getattr(exc, "response", None), "status_code", None)
            return isinstance(status, int) and status in _BELOW_500
    return False
