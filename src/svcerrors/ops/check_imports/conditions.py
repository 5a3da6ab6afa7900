"""Conditions that are the same on every run of a bundle: the version, the platform, the type checker."""

import ast
import operator
import os
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["decide"]

_KNOWN: Mapping[str, Any] = {
    "sys.version_info": tuple(sys.version_info),
    "sys.version_info[:2]": sys.version_info[:2],
    "sys.version_info[0]": sys.version_info[0],
    "sys.version_info[1]": sys.version_info[1],
    "sys.version_info.major": sys.version_info.major,
    "sys.version_info.minor": sys.version_info.minor,
    "sys.platform": sys.platform,
    "os.name": os.name,
    "platform.system()": platform.system(),
    "sys.implementation.name": sys.implementation.name,
    "platform.python_implementation()": platform.python_implementation(),
}
"""What is known of the bundle's interpreter, which is of the version that runs this, by the text that asks for it."""

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class _Unknown(Exception):
    """It depends on something else."""


def decide(test: ast.expr) -> bool | None:
    """Return what a condition is on every run; None where that is not known."""
    try:
        return bool(_value(test))
    except (_Unknown, TypeError, ValueError, RecursionError):
        return None


def _value(node: ast.expr) -> Any:
    text = ast.unparse(node)
    if text in _KNOWN:
        return _KNOWN[text]
    if text.rpartition(".")[2] == "TYPE_CHECKING":
        return False
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found: Any = not _value(operand)
        case ast.BoolOp():
            found = _any_or_all(node)
        case ast.Compare(left=left, ops=[one], comparators=[right]):
            found = _COMPARISONS.get(type(one), _unknown)(_value(left), _value(right))
        case ast.Call(args=[beginning]) if text.startswith("sys.platform.startswith("):
            found = sys.platform.startswith(ast.literal_eval(beginning))
        case ast.Constant() | ast.Tuple() | ast.Set() | ast.List():
            found = ast.literal_eval(node)
        case _:
            raise _Unknown
    return found


def _any_or_all(node: ast.BoolOp) -> bool:
    """Decide `and` and `or` also where only one side is known, if it is enough."""
    parts, decisive = [decide(part) for part in node.values], isinstance(node.op, ast.Or)
    if decisive in parts:
        return decisive
    if None in parts:
        raise _Unknown
    return not decisive


def _unknown(*_: Any) -> Any:
    raise _Unknown
