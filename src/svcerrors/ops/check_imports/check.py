"""Findings of a bundle: each import that would fail, from which file and line, and what would have satisfied it."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from svcerrors._errors import UsageError
from svcerrors.logs.tracebacks import python as python_text
from svcerrors.ops.check_imports.asking import IMPORT_SECONDS, Answer, ask
from svcerrors.ops.check_imports.bundle import Reach, Wanted, locate, module_name, reach
from svcerrors.ops.check_imports.distributions import subject
from svcerrors.ops.check_imports.environment import clean_environment
from svcerrors.ops.check_imports.outside import Outside
from svcerrors.ops.check_imports.requirements import Unmet, lost
from svcerrors.ops.check_imports.static import elsewhere, unnamed

__all__ = ["NOT_JUDGED", "Finding", "Level", "check", "start_of"]

ABOUT_CODE = frozenset({"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError"})
"""What an import raises that no setting of the platform would mend."""

_CIRCLE = "partially initialized module"
"""How the interpreter tells of imports in a circle: once of each file in it."""

NOT_JUDGED = "not judged"
"""How the message of a finding begins that is none yet: the files alone do not tell."""

Level = Literal["error", "warning"]

Lacking = list[tuple[Wanted, str]]


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
    level: Level
    file: str
    line: int
    message: str
    satisfied_by: str | None = None


def start_of(folder: str, target: str) -> Path:
    """Return the file of the module that the platform imports.

    Raises:
        UsageError: The folder holds none.
    """
    if found := locate(Path(folder).resolve(), target):
        return found
    name = target.replace(".", "/")
    raise UsageError(f"{folder} has no {name}.py: name the module that the platform imports with --target")


def check(
    folder: str,
    *,
    target: str = "main",
    is_static: bool = False,
    search: str | None = None,
    seconds: float = IMPORT_SECONDS,
) -> list[Finding]:
    """Return the findings of one bundle.

    Args:
        folder: The assembled folder, as it would be uploaded.
        target: The module that the platform imports.
        is_static: Do not install the requirements, and import nothing: what no requirement may give is missing.
        search: Where to look for what is missing; unless given the git checkout around the bundle, else its parent.
        seconds: In which all must be imported.

    Raises:
        UsageError: The folder holds no such target.
        SvcErrorsError: No environment can be made on this machine.
    """
    root, start = Path(folder).resolve(), start_of(folder, target)
    found = reach(root, start)
    outside = Outside(root, Path(search).resolve() if search else None)
    telling = _Telling(folder, root, outside)
    if is_static:
        return sorted(_static(root, found, telling))
    try:
        with clean_environment(root) as python:
            modules = [] if found.broken else [module_name(root, file) for file in found.files]
            answer = ask(python, root, modules, found.external, seconds)
    except Unmet as exc:
        return sorted([telling.of_requirement(exc), *telling.of_imports(found, _whole(elsewhere(found, outside)))])
    lacking = [(wanted, part) for wanted, part in zip(found.external, answer.missing, strict=True) if part]
    findings = set(telling.of_imports(found, lacking))
    return sorted(findings | set(telling.of_modules(start, answer, findings)))


def _static(root: Path, found: Reach, telling: "_Telling") -> Iterator[Finding]:
    yield from map(telling.of_requirement, lost(root))
    ungiven, unknown = unnamed(root, found)
    lacking = dict.fromkeys([*elsewhere(found, telling.outside), *ungiven])
    yield from telling.of_imports(found, _whole(lacking))
    yield from telling.of_unknown(wanted for wanted in unknown if wanted not in lacking)


def _whole(imports: Iterable[Wanted]) -> Lacking:
    return [(wanted, wanted.statement.module or "") for wanted in imports]


class _Telling(NamedTuple):
    folder: str
    root: Path
    outside: Outside

    def of_requirement(self, unmet: Unmet) -> Finding:
        return Finding(self.folder, "error", unmet.file, unmet.line, unmet.why)

    def of_imports(self, found: Reach, lacking: Lacking) -> Iterator[Finding]:
        """Tell what is missing; a remedy only where that which it stands in for is missing too."""
        every = [*found.missing, *lacking]
        absent = {wanted.statement for wanted, _ in every}
        for wanted, part in every:
            statement = wanted.statement
            if not statement.instead_of or absent & set(statement.instead_of):
                level: Level = "warning" if statement.is_guarded else "error"
                words = _words(wanted, part)
                yield self._at(level, wanted.file, statement.line, words, self.outside.of(statement))
        for file, line, why in found.broken:
            yield self._at("error", file, line, why)

    def of_unknown(self, imports: Iterable[Wanted]) -> Iterator[Finding]:
        """Tell once of each name that no requirement is known to give."""
        firsts: dict[str, Wanted] = {}
        for wanted in imports:
            firsts.setdefault(subject(wanted.statement), wanted)
        for name, wanted in firsts.items():
            words = f"{NOT_JUDGED}: no requirement is known to give {name!r}; without --static it is looked for"
            yield self._at("warning", wanted.file, wanted.statement.line, words)

    def of_modules(self, start: Path, answer: Answer, known: Collection[Finding]) -> Iterator[Finding]:
        """Tell what importing raised where no import statement does: a dynamic import, a circle, a missing setting."""
        is_told = any(one.level == "error" for one in known)
        target, is_circle = module_name(self.root, start), False
        for module, text in answer.failures.items():
            told = python_text.parse(text)
            is_code = told is not None and told.error_type in ABOUT_CODE
            if (
                told is None
                or (is_told if is_code else module != target)
                or (is_circle and _CIRCLE in told.error_message)
            ):
                continue
            is_circle |= _CIRCLE in told.error_message
            own = [frame for frame in told.frames if Path(frame.file).is_relative_to(self.root)]
            file, line = (Path(own[-1].file), own[-1].line or 1) if own else (start, 1)
            words = f"importing it raises {told.error_type}: {told.error_message}"
            yield self._at("error" if is_code else "warning", file, line, words)
        if answer.ended:
            module, how = answer.ended
            file = locate(self.root, module) or start
            yield self._at("error" if module == target else "warning", file, 1, f"importing it {how}")

    def _at(self, level: Level, file: Path, line: int, words: str, satisfied_by: str | None = None) -> Finding:
        return Finding(self.folder, level, file.relative_to(self.root).as_posix(), line, words, satisfied_by)


def _words(wanted: Wanted, part: str) -> str:
    module, member = wanted.statement.module, wanted.statement.member
    if module is None:
        return "a relative import that leads out of every package"
    if member and part == f"{module}.{member}":
        return f"No module named {part!r}, and {module!r} defines no {member!r}"
    asked = f" (asked for as {module})" if part != module else ""
    return f"No module named {part!r}{asked}"
