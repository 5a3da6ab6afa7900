"""What a capture does with the exception that leaves its function or block."""

import sys
from typing import NamedTuple

from svcerrors._aborts import is_answer
from svcerrors._exits import see_exit
from svcerrors._options import Options, Types
from svcerrors._record import record

__all__ = ["WATCHED", "Plan", "failed", "record_current"]

WATCHED = (Exception, SystemExit)
"""What a capture looks at: no other way to end is an error, and SystemExit only of a job."""


class Plan(NamedTuple):
    """What a capture does with an exception.

    Attributes:
        options: How it is recorded.
        ignore: Exception classes that pass unrecorded.
        reraise: Does it go on to the caller?
        swallowed: Does the caller end it? None where nobody knows.
        methods: Is a class taken, for its public methods?
        mechanism: What sees it.
    """

    options: Options
    ignore: Types = ()
    reraise: bool = True
    swallowed: bool | None = False
    methods: bool = False
    mechanism: str = "decorator"

    @property
    def handled(self) -> bool | None:
        """Does the program go on?"""
        return self.swallowed if self.reraise else True


def failed(plan: Plan) -> bool:
    """Record the exception that leaves a function, unless it is an answer; tell whether it is to go on."""
    cls, exc, _ = sys.exc_info()
    if cls is None or exc is None or issubclass(cls, plan.ignore) or is_answer(exc):
        return True
    if issubclass(cls, SystemExit):
        see_exit(exc, plan.mechanism)
        return True
    record(exc, plan.mechanism, handled=plan.handled, options=plan.options)
    return plan.reraise


def record_current(mechanism: str, options: Options, *, handled: bool) -> str | None:
    """Record the exception that is being handled; return its error_id."""
    exc = sys.exc_info()[1]
    return None if exc is None else record(exc, mechanism, handled=handled, options=options)
