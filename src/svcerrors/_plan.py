"""What a capture does with the exception that leaves its function, its block or its run."""

from __future__ import annotations

import os
import sys

from svcerrors._guard import attempt
from svcerrors._light import Values
from svcerrors._options import Options, Types
from svcerrors._record import record

__all__ = [
    "WATCHED",
    "Plan",
    "are_exits_watched",
    "failed",
    "has_failed",
    "record_current",
    "see",
    "see_exit",
    "watch_exits",
]

WATCHED = (Exception, SystemExit)
"""What a capture looks at: no other way to end is an error, and SystemExit only of a job."""

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

_exits: bool | None = None


class Plan(Values):
    """What a capture does with an exception.

    Attributes:
        options: How it is recorded.
        ignore: Exception classes that pass unrecorded.
        reraise: Does it go on to the caller?
        swallowed: Does the caller end it? None where nobody knows.
        methods: Is a class taken, for its public methods?
        mechanism: What sees it.
        run: Each call or block is a run of this name.
    """

    options: Options
    ignore: Types = ()
    reraise: bool = True
    swallowed: bool | None = False
    methods: bool = False
    mechanism: str = "decorator"
    run: str | None = None

    @property
    def handled(self) -> bool | None:
        """Does the program go on?"""
        return self.swallowed if self.reraise else True


def failed(plan: Plan) -> bool:
    """Record the exception that leaves a function, unless it is an answer; tell whether it is to go on."""
    exc = sys.exc_info()[1]
    return exc is None or see(exc, plan, plan.mechanism)[1]


def see(exc: BaseException, plan: Plan, mechanism: str) -> tuple[str | None, bool]:
    """Record what leaves a function or a block, unless it is to pass; return its error_id, and whether it goes on."""
    cls = type(exc)
    if issubclass(cls, plan.ignore) or _is_answer(exc):
        return None, True
    if issubclass(cls, SystemExit):
        return see_exit(exc, mechanism), True
    if not issubclass(cls, Exception):
        return None, True
    return record(exc, mechanism, handled=plan.handled, options=plan.options), plan.reraise


def record_current(mechanism: str, options: Options, *, handled: bool) -> str | None:
    """Record the exception that is being handled; return its error_id."""
    exc = sys.exc_info()[1]
    return None if exc is None else record(exc, mechanism, handled=handled, options=options)


def see_exit(ending: BaseException, mechanism: str) -> str | None:
    """Record a SystemExit with a code other than 0: the error that led to it, else the exit itself."""
    if not (are_exits_watched() and has_failed(ending)):
        return None
    reason = ending.__cause__ or (None if ending.__suppress_context__ else ending.__context__)
    return record(reason if isinstance(reason, Exception) else ending, mechanism, handled=False)


def has_failed(ending: BaseException) -> bool:
    """Tell whether a SystemExit has a code other than 0."""
    return getattr(ending, "code", None) not in (None, 0)


def watch_exits(wanted: bool | None) -> None:  # noqa: FBT001  # init's own option
    """Record exits, or do not; None records those of Cloud Run jobs."""
    global _exits  # noqa: PLW0603  # one program is one process
    _exits = wanted


def are_exits_watched() -> bool:
    """Tell whether exits are recorded here."""
    return "CLOUD_RUN_JOB" in os.environ if _exits is None else _exits


def _is_answer(exc: BaseException) -> bool:
    # `abort(404)` ends a request on purpose, and is no error.
    return bool(attempt(lambda: _is_below_500(exc))[0])


def _is_below_500(exc: BaseException) -> bool:
    known = {(cls.__name__, cls.__module__) for cls in type(exc).__mro__}
    if not known.isdisjoint(_ALWAYS):
        return True
    for name, module, attribute in _ANSWERS:
        if (name, module) in known:
            status = getattr(exc, attribute, None) or getattr(getattr(exc, "response", None), "status_code", None)
            return isinstance(status, int) and status in _BELOW_500
    return False
