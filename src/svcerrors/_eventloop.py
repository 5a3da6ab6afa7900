"""Errors that an event loop is left with: in callbacks, and in tasks whose result nobody reads."""

from collections.abc import Callable
from typing import Any

from svcerrors._record import record_uncaught
from svcerrors._watch import Patch

__all__ = ["see_loops"]

Handler = Callable[[Any, dict[str, Any]], None]


def see_loops(loops: Any) -> Patch:
    """Record what reaches `call_exception_handler` of a class of event loops, and then call it."""
    return Patch(loops, "call_exception_handler", _recorder)


def _recorder(former: Handler, patch: Patch) -> Handler:
    def call_exception_handler(loop: Any, context: dict[str, Any]) -> None:
        try:
            if patch.active:
                record_uncaught(context.get("exception"), "asyncio", handled=True)
        finally:
            former(loop, context)

    return call_exception_handler
