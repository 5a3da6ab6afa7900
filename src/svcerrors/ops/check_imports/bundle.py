"""An assembled folder as Python sees it: which of its files the target reaches, and what these import."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from svcerrors.ops.check_imports.imports import Import, imports_of

__all__ = ["Reach", "Wanted", "reach"]


class Wanted(NamedTuple):
    """An import, and the file of the bundle that it stands in."""

    file: Path
    statement: Import


class Reach(NamedTuple):
    """What the target reaches.

    Attributes:
        missing: Imports of the bundle's own modules that it does not hold, with the missing part.
        external: Imports that something else must satisfy: the standard library, or a requirement.
        broken: Files that are no Python, with the place and the reason.
    """

    missing: list[tuple[Wanted, str]]
    external: list[Wanted]
    broken: list[tuple[Path, int, str]]


def reach(folder: Path, target: Path) -> Reach:
    """Follow the imports of `target`, and of every file of `folder` that they lead to.

    Args:
        folder: The bundle; symbolic links in it are followed.
        target: The file that the platform imports.
    """
    found = Reach([], [], [])
    queue, seen = [target], {target}
    while queue:
        file = queue.pop()
        for wanted in _imports(folder, file, found):
            for path in _look(folder, wanted, found):
                if path not in seen:
                    seen.add(path)
                    queue.append(path)
    return found


def _imports(folder: Path, file: Path, found: Reach) -> Iterator[Wanted]:
    parts = file.relative_to(folder).parts[:-1]
    try:
        yield from (Wanted(file, statement) for statement in imports_of(file, ".".join(parts)))
    except (SyntaxError, ValueError) as exc:
        found.broken.append((file, getattr(exc, "lineno", None) or 1, getattr(exc, "msg", str(exc))))


def _look(folder: Path, wanted: Wanted, found: Reach) -> Iterator[Path]:
    statement = wanted.statement
    parts = statement.module.split(".")
    place = folder
    for end in range(1, len(parts) + 1):
        step = _place(folder, parts[:end])
        if step is None:
            _miss(folder, wanted, ".".join(parts[:end]), found)
            return
        place = step
        yield from _file(place)
    if statement.member and statement.member != "*":
        submodule = _place(folder, [*parts, statement.member])
        if submodule:
            yield from _file(submodule)
        elif not _defines(place, statement.member):
            found.missing.append((wanted, f"{statement.module}.{statement.member}"))


def _miss(folder: Path, wanted: Wanted, part: str, found: Reach) -> None:
    parent = _place(folder, part.split(".")[:-1]) if "." in part else None
    # A folder without __init__.py may be one portion of a namespace package; a requirement may bring another.
    if parent is None or not any(_file(parent)):
        found.external.append(wanted)
    else:
        found.missing.append((wanted, part))


def _place(folder: Path, parts: list[str]) -> Path | None:
    path = folder.joinpath(*parts)
    module = path.with_name(f"{path.name}.py")
    return path if path.is_dir() else module if module.is_file() else None


def _file(place: Path) -> Iterator[Path]:
    file = place / "__init__.py" if place.is_dir() else place
    if file.is_file():
        yield file


def _defines(place: Path, member: str) -> bool:
    file = next(_file(place), None)
    try:
        tree = ast.parse(file.read_bytes()) if file else ast.Module([], [])
    except (SyntaxError, ValueError):
        return True
    names = {name for node in ast.walk(tree) for name in _bound(node)}
    return member in names or "*" in names or "__getattr__" in names


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
