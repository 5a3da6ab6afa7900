"""Which names a module defines, as far as its text tells."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["defines"]

_ALWAYS = {"__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"}
_BY_CALL = {"exec", "globals", "locals", "setattr", "vars"}
"""Whoever calls one of these may define anything."""


def defines(file: Path, member: str) -> bool:
    """Tell whether a module may have a name: where its text does not tell, it may."""
    if member in _ALWAYS or file.suffix != ".py":
        return True
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return True
    names = {name for node in ast.walk(tree) for name in _bound(node)}
    return bool({member, "*", "__getattr__"} & names)


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
        case ast.Call(func=ast.Name(id=name)) if name in _BY_CALL:
            yield "*"
