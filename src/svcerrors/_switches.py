"""What a program may have watched besides, each in a module that is imported when it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["switch_off", "switch_on"]


Off = Callable[[], None]
"""Puts back what was there before."""


def _logging(level: str) -> Off:
    from svcerrors.integrations.logging import install  # noqa: PLC0415  # logging costs 7 ms

    return install(level).remove


def _exits(_: bool) -> Off:  # noqa: FBT001  # init's own option
    from svcerrors._exits import install  # noqa: PLC0415  # for jobs

    return install().remove


def _futures(_: bool) -> Off:  # noqa: FBT001  # as above
    from svcerrors._futures import want  # noqa: PLC0415  # for programs with executors

    want(wanted=True)
    return partial(want, wanted=False)


def _sigterm(_: bool) -> Off:  # noqa: FBT001  # as above
    from svcerrors._sigterm import install  # noqa: PLC0415  # signal costs 2 ms

    return install().remove


def _faulthandler(_: bool) -> Off:  # noqa: FBT001  # as above
    from svcerrors._faults import install  # noqa: PLC0415  # for its users only

    return install().remove


_SWITCHES: dict[str, Callable[[Any], Off]] = {
    "exits": _exits,
    "faulthandler": _faulthandler,
    "futures": _futures,
    "logging": _logging,
    "sigterm": _sigterm,
}
_on: dict[str, tuple[Any, Off]] = {}


def switch_on(**wanted: Any) -> None:
    """Switch on what is wanted and is not yet; what is on already stays on.

    Args:
        wanted: The option of each, as `init` takes it; what is not true is not wanted.

    Raises:
        UsageError: It cannot be done here.
    """
    for name, value in wanted.items():
        if value and _on.get(name, (None,))[0] != value:
            _remove(name)
            _on[name] = (value, _SWITCHES[name](value))


def switch_off() -> None:
    """Switch everything off."""
    for name in tuple(_on):
        _remove(name)


def _remove(name: str) -> None:
    if name in _on:
        _on.pop(name)[1]()
