"""The imports of a file, wherever they stand: at the top, in a function, in a try, as a call."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from svcerrors.ops.check_imports.conditions import decide

__all__ = ["Import", "imports_of"]

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CALLS = {"importlib.import_module", "import_module", "__import__"}
_SUPPRESSES = {"contextlib.suppress", "suppress"}
_EXITS = {"sys.exit", "exit", "quit", "os._exit"}


class Import(NamedTuple):
    """One module that a statement, or a call, asks for.

    Attributes:
        module: Its absolute name; None where a relative one leads out of every package.
        member: What is taken from it, which may be a module of its own; None for `import module`.
        line: Line of the statement, from 1.
        is_guarded: Would the program go on without it?
        instead_of: The imports of whose absence it is the remedy: it stands in their `except ImportError`.
    """

    module: str | None
    member: str | None
    line: int
    is_guarded: bool
    instead_of: tuple["Import", ...] = ()


class _Place(NamedTuple):
    """Where statements stand: the package of their file, and what holds for all of them."""

    package: str
    is_guarded: bool = False
    instead_of: tuple[Import, ...] = ()


def imports_of(path: Path, package: str) -> list[Import]:
    """Return every import of a file that can run; what stands under TYPE_CHECKING, or another platform, never does.

    Args:
        path: A Python file.
        package: The package that it belongs to, for relative imports; empty for a top-level module.

    Raises:
        SyntaxError: The file is no Python.
    """
    return list(_walk(ast.parse(path.read_bytes(), str(path)).body, _Place(package)))


def _walk(nodes: Sequence[ast.stmt], place: _Place) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (_import(alias.name, None, node, place) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node.level, node.module, place.package)
            yield from (_import(base, alias.name, node, place) for alias in node.names)
        elif isinstance(node, ast.If) and (truth := decide(node.test)) is not None:
            yield from _walk(node.body if truth else node.orelse, place)
        elif isinstance(node, ast.Try | ast.TryStar) and _catches(node):
            yield from _tried(node, place)
        else:
            yield from _inside(node, place)


def _import(module: str | None, member: str | None, node: ast.stmt | ast.expr, place: _Place) -> Import:
    return Import(module, member, node.lineno, place.is_guarded, place.instead_of)


def _inside(node: ast.stmt, place: _Place) -> Iterator[Import]:
    for name, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.stmt):
                is_guarded = place.is_guarded or (name == "body" and _suppresses(node))
                yield from _walk([part], place._replace(is_guarded=is_guarded))
            elif isinstance(part, ast.ExceptHandler | ast.match_case):
                yield from _walk(part.body, place)
            elif isinstance(part, ast.AST):
                yield from _called(part, place)


def _tried(node: ast.Try | ast.TryStar, place: _Place) -> Iterator[Import]:
    body = list(_walk(node.body, place._replace(is_guarded=True)))
    yield from body
    for handler in node.handlers:
        instead_of = tuple(body) if _is_of_imports(handler) else place.instead_of
        yield from _walk(handler.body, place._replace(instead_of=instead_of))
    yield from _walk([*node.orelse, *node.finalbody], place)


def _called(node: ast.AST, place: _Place) -> Iterator[Import]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and call.args and ast.unparse(call.func) in _CALLS:
            name = call.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.strip("."):
                bare = name.value.lstrip(".")
                yield _import(_absolute(len(name.value) - len(bare), bare, place.package), None, call, place)


def _absolute(level: int, module: str | None, package: str) -> str | None:
    parents = package.split(".") if package else []
    if level > len(parents):
        return None
    return ".".join([*parents[: len(parents) - level + 1 if level else 0], *([module] if module else [])])


def _catches(node: ast.Try | ast.TryStar) -> bool:
    return any(_is_of_imports(handler) and not _gives_up(handler) for handler in node.handlers)


def _is_of_imports(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(_names(handler.type) & _IMPORT_ERRORS)


def _gives_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    return isinstance(last, ast.Raise) or (is_call and ast.unparse(last.value.func) in _EXITS)  # type: ignore[attr-defined]


def _suppresses(node: ast.stmt) -> bool:
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With | ast.AsyncWith) else []
    return any(
        isinstance(call, ast.Call)
        and ast.unparse(call.func) in _SUPPRESSES
        and {ast.unparse(part) for part in call.args} & _IMPORT_ERRORS
        for call in calls
    )


def _names(node: ast.expr) -> set[str]:
    return {ast.unparse(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node])}
