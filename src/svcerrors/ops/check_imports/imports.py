"""The import statements of a file, wherever they stand: at the top, in a function, in a try."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Import", "imports_of"]

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Import(NamedTuple):
    """One module that a statement asks for.

    Attributes:
        module: Its absolute name.
        member: What is taken from it, which may be a module of its own; None for `import module`.
        line: Line of the statement, from 1.
        is_guarded: Would `except ImportError` catch its absence?
    """

    module: str
    member: str | None
    line: int
    is_guarded: bool


def imports_of(path: Path, package: str) -> list[Import]:
    """Return every import of a file that can run; what stands under TYPE_CHECKING never does.

    Args:
        path: A Python file.
        package: The package that it belongs to, for relative imports; empty for a top-level module.

    Raises:
        SyntaxError: The file is no Python.
    """
    return list(_walk(ast.parse(path.read_bytes(), str(path)).body, package, is_guarded=False))


def _walk(nodes: list[ast.stmt], package: str, *, is_guarded: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno, is_guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from (Import(base, alias.name, node.lineno, is_guarded) for alias in node.names)
        else:
            yield from _inside(node, package, is_guarded=is_guarded)


def _inside(node: ast.stmt, package: str, *, is_guarded: bool) -> Iterator[Import]:
    for name, value in ast.iter_fields(node):
        if not (isinstance(value, list) and value) or (name == "body" and _is_type_checking(node)):
            continue
        guarded = is_guarded or (name == "body" and isinstance(node, ast.Try) and _catches(node))
        if isinstance(value[0], ast.stmt):
            yield from _walk(value, package, is_guarded=guarded)
        elif isinstance(value[0], ast.ExceptHandler | ast.match_case):
            for part in value:
                yield from _walk(part.body, package, is_guarded=guarded)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    parents = package.split(".") if package else []
    kept = parents[: len(parents) - node.level + 1] if node.level else []
    return ".".join([*kept, *([node.module] if node.module else [])])


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _catches(node: ast.Try) -> bool:
    return any(handler.type is None or _names(handler.type) & _IMPORT_ERRORS for handler in node.handlers)


def _names(node: ast.expr) -> set[str]:
    return {ast.unparse(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node])}
