"""What a type checker sees of the face; checked by mypy, never run."""

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

import svcerrors
from svcerrors import capture_errors


@capture_errors
def bare(a: int, *, b: str = "") -> float:
    """Keep the signature of a bare decorator."""
    return a + len(b)


assert_type(bare(1, b="x"), float)
bare("1")  # type: ignore[arg-type]


@capture_errors(labels={"phase": 3}, expected=(KeyError,))
async def later(a: int) -> str:
    """Keep a coroutine function one."""
    return str(a)


async def awaited() -> None:
    """Await what was decorated."""
    assert_type(await later(1), str)
    assert_type(await quiet_later(1), str | None)


@capture_errors(reraise=False)
def quiet(a: int) -> str:
    """Return None after an error."""
    return str(a)


@capture_errors(reraise=False)
async def quiet_later(a: int) -> str:
    """Return None after an error."""
    return str(a)


assert_type(quiet(1), str | None)
typed: Callable[[int], Coroutine[Any, Any, str | None]] = quiet_later


class Handler:
    """Decorate a method."""

    @capture_errors
    def work(self, a: int) -> "list[Handler]":
        """Return itself."""
        return [self] * a


assert_type(Handler().work(1), list[Handler])


def in_block() -> int:
    """Return from a block that cannot end an error."""
    with capture_errors() as captured:
        assert_type(captured.error_id, str | None)
        return 1


def in_quiet_block() -> int:
    """Need a return after a block that may."""
    with capture_errors(reraise=False) as captured:
        return 1
    assert_type(captured.error_id, str | None)
    return 2


assert_type(svcerrors.capture_exception(ValueError(), phase="3"), str | None)
capture_errors(sevrity="ERROR")  # type: ignore[call-overload]
with svcerrors.bound(phase="3"):
    svcerrors.bind(game_date="2026-01-25")
