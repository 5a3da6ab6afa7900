"""Trying again, for seconds: a push waits meanwhile, and its ack deadline must not pass."""

import random
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from svcerrors._errors import WarehouseError

__all__ = ["RETRY_SECONDS", "Passing", "patiently"]

RETRY_SECONDS = 3.0
"""After so long a batch is not tried again. What hangs is tried once, what fails at once several times."""

_PAUSE, _LONGEST_PAUSE = 0.2, 1.0

Found = TypeVar("Found")


class Passing(Exception):
    """What may pass within seconds.

    Args:
        error: What is raised when it does not.
    """

    def __init__(self, error: WarehouseError) -> None:
        super().__init__(error)
        self.error = error


def patiently(ask: Callable[[], Found], deadline: float) -> Found:
    """Ask until something other than Passing comes of it.

    Args:
        ask: Asks once.
        deadline: The monotonic time after which it is not asked again.

    Raises:
        WarehouseError: It had not passed by then.
    """
    pause = _PAUSE
    while True:
        try:
            return ask()
        except Passing as exc:
            if monotonic() + pause > deadline:
                raise exc.error from exc
        sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # so that instances do not come back together
        pause = min(2 * pause, _LONGEST_PAUSE)
