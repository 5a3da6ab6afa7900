"""Findings of a bundle: each import that would fail, from which file and line, and what would have satisfied it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from svcerrors._errors import UsageError
from svcerrors.logs.tracebacks import python as python_text
from svcerrors.ops.check_imports.bundle import Reach, Wanted, reach
from svcerrors.ops.check_imports.environment import ask, clean_environment, is_standard
from svcerrors.ops.check_imports.outside import Outside

__all__ = ["Finding", "check"]

ABOUT_CODE = frozenset({"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError"})
"""What an import raises that no setting of the platform would mend."""


class Finding(NamedTuple):
    """What would go wrong with a bundle.

    Attributes:
        level: `error` where the bundle fails, `warning` where the code says that it can go on without.
        file: The file that asks, relative to the bundle.
        line: Line of the statement, from 1.
        message: What is missing.
        satisfied_by: A file outside the bundle that would have satisfied it.
    """

    bundle: str
    level: Literal["error", "warning"]
    file: str
    line: int
    message: str
    satisfied_by: str | None = None


def check(folder: str, *, target: str = "main", is_static: bool = False, search: str | None = None) -> list[Finding]:
    """Return the findings of one bundle.

    Args:
        folder: The assembled folder, as it would be uploaded.
        target: The module that the platform imports.
        is_static: Do not install the requirements, and import nothing: only the bundle's own modules are judged.
        search: Folder in which to look for what is missing; the git checkout around the bundle unless given.

    Raises:
        UsageError: The folder holds no such target.
        SvcErrorsError: Its requirements are missing or cannot be installed.
    """
    root = Path(folder).resolve()
    start = root.joinpath(*target.split(".")).with_suffix(".py")
    if not start.is_file():
        raise UsageError(f"{folder} has no {start.name}: name the module that the platform imports with --target")
    found = reach(root, start)
    outside = Outside(root, Path(search).resolve() if search else None)
    if is_static:
        return sorted(_findings(folder, root, found, _static(found, outside), outside))
    with clean_environment(root) as python:
        answer = ask(python, root, None if found.broken else target, found.external)
    lacking = [(wanted, part) for wanted, part in zip(found.external, answer.missing, strict=True) if part]
    findings = set(_findings(folder, root, found, lacking, outside))
    return sorted(findings | set(_of_target(folder, root, start, answer.failure, findings)))


def _static(found: Reach, outside: Outside) -> list[tuple[Wanted, str]]:
    """Judge what the bundle should hold: a module that stands elsewhere in the checkout, and is not installed."""
    modules = [(wanted, wanted.statement.module) for wanted in found.external]
    return [(wanted, module) for wanted, module in modules if not is_standard(module) and _elsewhere(wanted, outside)]


def _findings(
    folder: str, root: Path, found: Reach, lacking: list[tuple[Wanted, str]], outside: Outside
) -> Iterator[Finding]:
    for wanted, part in [*found.missing, *lacking]:
        statement = wanted.statement
        level: Literal["error", "warning"] = "warning" if statement.is_guarded else "error"
        asked = f" (asked for as {statement.module})" if part != statement.module else ""
        place = wanted.file.relative_to(root).as_posix()
        yield Finding(
            folder, level, place, statement.line, f"No module named {part!r}{asked}", _elsewhere(wanted, outside)
        )
    for file, line, why in found.broken:
        yield Finding(folder, "error", file.relative_to(root).as_posix(), line, f"SyntaxError: {why}")


def _elsewhere(wanted: Wanted, outside: Outside) -> str | None:
    module, member = wanted.statement.module, wanted.statement.member
    return (outside.find(f"{module}.{member}") if member else None) or outside.find(module)


def _of_target(folder: str, root: Path, start: Path, failure: str | None, known: set[Finding]) -> Iterator[Finding]:
    """What the target's own import raised, where no import statement tells it: a dynamic import, a missing setting."""
    told = python_text.parse(failure) if failure else None
    if told is None or (told.error_type in ABOUT_CODE and any(one.level == "error" for one in known)):
        return
    own = [frame for frame in told.frames if Path(frame.file).is_relative_to(root)]
    file, line = (Path(own[-1].file), own[-1].line or 1) if own else (start, 1)
    level: Literal["error", "warning"] = "error" if told.error_type in ABOUT_CODE else "warning"
    message = f"importing it raises {told.error_type}: {told.error_message}"
    yield Finding(folder, level, file.relative_to(root).as_posix(), line, message)
