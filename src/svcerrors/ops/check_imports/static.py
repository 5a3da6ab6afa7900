"""What the files alone say of the imports that the bundle does not hold."""

import sys
from collections.abc import Iterator
from pathlib import Path

from svcerrors.ops.check_imports.bundle import Reach, Wanted
from svcerrors.ops.check_imports.distributions import gives
from svcerrors.ops.check_imports.environment import is_function
from svcerrors.ops.check_imports.outside import Outside
from svcerrors.ops.check_imports.requirements import required

__all__ = ["elsewhere", "unnamed"]

_BY_THE_BUILD = """
    anyio blinker click cloudevents deprecation flask functions_framework google.cloud.functions gunicorn h11
    itsdangerous jinja2 markupsafe packaging starlette typing_extensions uvicorn uvicorn_worker watchdog
    werkzeug
"""
"""What a function may import without naming it: functions-framework, and what that requires
(https://pypi.org/project/functions-framework/)."""


def elsewhere(found: Reach, outside: Outside) -> list[Wanted]:
    """Return the imports that a file outside the bundle would satisfy."""
    return [wanted for wanted in _foreign(found) if outside.of(wanted.statement)]


def unnamed(folder: Path, found: Reach) -> tuple[list[Wanted], list[Wanted]]:
    """Return the imports that nothing gives, and those of which the requirements do not tell.

    A distribution may bear another name than its modules, or bring other distributions: only where none is required is
    it certain that an import fails.
    """
    ours = required(folder)
    of_build = _BY_THE_BUILD.split() if is_function(folder) else []
    rest = [
        wanted
        for wanted in _foreign(found)
        if not any(f"{wanted.statement.module}.".startswith(f"{name}.") for name in of_build)
        and not any(gives(one, wanted.statement) for one in ours)
    ]
    return ([], [one for one in rest if not one.statement.is_guarded]) if ours else (rest, [])


def _foreign(found: Reach) -> Iterator[Wanted]:
    return (wanted for wanted in found.external if _top(wanted) not in sys.stdlib_module_names)


def _top(wanted: Wanted) -> str:
    return (wanted.statement.module or "").partition(".")[0]
