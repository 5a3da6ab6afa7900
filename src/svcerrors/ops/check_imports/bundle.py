"""An assembled folder as Python sees it: which of its files the target reaches, and what these import."""

from collections.abc import Iterator
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from pathlib import Path
from typing import NamedTuple

from svcerrors.ops.check_imports.definitions import defines
from svcerrors.ops.check_imports.imports import Import, imports_of

__all__ = ["Reach", "Wanted", "locate", "module_name", "reach"]

_SUFFIXES = (".py", *EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)


class Wanted(NamedTuple):
    """An import, and the file of the bundle that it stands in."""

    file: Path
    statement: Import


class Reach(NamedTuple):
    """What the target reaches.

    Attributes:
        files: The bundle's own, the target first.
        missing: Imports of the bundle's own modules that it does not hold, with the missing part.
        external: Imports that something else must satisfy: the standard library, or a requirement.
        broken: Files that are no Python, with the place and the reason.
    """

    files: list[Path]
    missing: list[tuple[Wanted, str]]
    external: list[Wanted]
    broken: list[tuple[Path, int, str]]


def reach(folder: Path, target: Path) -> Reach:
    """Follow the imports of `target`, and of every file of `folder` that they lead to.

    Args:
        folder: The bundle; symbolic links in it are followed.
        target: The file that the platform imports.
    """
    found = Reach([target], [], [], [])
    for file in found.files:  # grows meanwhile
        for wanted in _imports(folder, file, found):
            found.files.extend(path for path in _look(folder, wanted, found) if path not in found.files)
    return found


def locate(folder: Path, module: str) -> Path | None:
    """Return the file of a module of the bundle, None if it has none."""
    place = _place(folder, module.split("."))
    return next(_file(place), None) if place else None


def module_name(folder: Path, file: Path) -> str:
    """Return the name by which a file of the bundle is imported."""
    parts = file.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(folder: Path, file: Path, found: Reach) -> Iterator[Wanted]:
    if file.suffix != ".py":
        return
    parts = file.relative_to(folder).parts[:-1]
    try:
        yield from (Wanted(file, statement) for statement in imports_of(file, ".".join(parts)))
    except (SyntaxError, ValueError) as exc:
        found.broken.append((file, getattr(exc, "lineno", None) or 1, f"SyntaxError: {getattr(exc, 'msg', exc)}"))
    except (OSError, RecursionError) as exc:
        found.broken.append((file, 1, f"it cannot be read: {getattr(exc, 'strerror', None) or exc}"))


def _look(folder: Path, wanted: Wanted, found: Reach) -> Iterator[Path]:
    statement = wanted.statement
    if statement.module is None:
        found.missing.append((wanted, ""))
        return
    parts = statement.module.split(".")
    place = folder
    for end in range(1, len(parts) + 1):
        step = _place(folder, parts[:end])
        if step is None:
            _miss(place if end > 1 else None, wanted, ".".join(parts[:end]), found)
            return
        place = step
        yield from _file(place)
    if statement.member and statement.member != "*":
        submodule = _place(folder, [*parts, statement.member])
        file = next(_file(place), None)
        if submodule:
            yield from _file(submodule)
        elif file is None or not defines(file, statement.member):
            _miss(place, wanted, f"{statement.module}.{statement.member}", found)


def _miss(parent: Path | None, wanted: Wanted, part: str, found: Reach) -> None:
    file = next(_file(parent), None) if parent else None
    # A folder without __init__.py may be one portion of a namespace package, and so may one that extends its path; a
    # requirement may bring another.
    if file is None or (file.name == "__init__.py" and b"__path__" in file.read_bytes()):
        found.external.append(wanted)
    else:
        found.missing.append((wanted, part))


def _place(folder: Path, parts: list[str]) -> Path | None:
    path = folder.joinpath(*parts)
    if (path / "__init__.py").is_file():
        return path
    files = (path.with_name(path.name + suffix) for suffix in _SUFFIXES)
    return next((file for file in files if file.is_file()), path if path.is_dir() else None)


def _file(place: Path) -> Iterator[Path]:
    file = place / "__init__.py" if place.is_dir() else place
    if file.is_file():
        yield file
