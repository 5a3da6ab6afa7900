"""What a decorator makes of what stands under it."""

from typing import Any

from svcerrors._around import around
from svcerrors._context import wrappers
from svcerrors._plan import Plan

__all__ = ["decorated"]


def decorated(function: Any, plan: Plan) -> Any:
    """Return a function of the same kind that records what the given one raises; a class with its public methods so.

    Raises:
        UsageError: It is nothing that can be called, or a class and nobody asked for its methods.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(decorated(function.__func__, plan))
    if isinstance(function, type) and plan.methods:
        return _with_methods(function, plan)
    if isinstance(function, type) or not callable(function):
        from svcerrors._errors import UsageError  # noqa: PLC0415  # as in _options

        raise UsageError(
            f"@capture_errors takes a function, not {function!r:.100}: methods=True takes a class, for its public ones"
        )
    captured = around(function, plan)
    wrappers.add(captured.__code__)
    return captured


def _with_methods(cls: type, plan: Plan) -> type:
    for name, value in list(vars(cls).items()):
        if _is_method(value) and (name == "__call__" or not name.startswith("_")):
            setattr(cls, name, decorated(value, plan))
    return cls


def _is_method(value: Any) -> bool:
    # A class, and any other object that can be called, is an attribute; what is bound to an instance is a descriptor.
    return isinstance(value, staticmethod | classmethod) or (
        callable(value) and hasattr(type(value), "__get__") and not isinstance(value, type)
    )
