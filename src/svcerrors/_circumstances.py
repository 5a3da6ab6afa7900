"""What holds of an error and of a run alike: when, in which call, under which labels, and of what category."""

import os
import time
from typing import Any

from svcerrors._category import categorise
from svcerrors._context import current_call
from svcerrors._contextvars import bound_labels
from svcerrors._guard import attempt
from svcerrors._jsonable import jsonable
from svcerrors._line import Call
from svcerrors._options import Options
from svcerrors._uuid7 import RANDOM_BYTES, uuid7

__all__ = ["category_of", "circumstances", "stamp"]


def circumstances(options: Options) -> tuple[Call, dict[str, Any], str | None]:
    """Return what the program is doing, what is bound, and the class name of what failed in finding out."""
    call, no_call = attempt(current_call)
    labels, no_labels = attempt(lambda: jsonable({**bound_labels(), **options.labels}))
    return call or Call(), labels or {}, no_call or no_labels


def category_of(exc: BaseException, options: Options, error_type: str, message: str = "") -> str:
    """Return the category of an exception: what is expected of it, else what the rules say of its type and message."""
    if options.category:
        return options.category
    if issubclass(type(exc), options.expected):
        return "no_data_available"
    return categorise(error_type, message)


def stamp() -> tuple[str, int]:
    """Return an id of its own, and the time in nanoseconds since 1970-01-01 UTC."""
    now = time.time_ns()
    return uuid7(now // 1_000_000, os.urandom(RANDOM_BYTES)), now
