"""How soon Cloud Logging may be asked again, and how long a failure that passes is waited for."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["REQUESTS_A_MINUTE", "WAITS", "Clock", "Quota", "patiently"]

T = TypeVar("T")

REQUESTS_A_MINUTE = 60
"""Of entries.list in one project (https://cloud.google.com/logging/quotas#api-limits)."""

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0)
"""Seconds before each further try: three minutes in all, for a quota that is counted by the minute."""

LONG = 4.0
"""Seconds of a wait that is told: whoever looks on is not to take it for a hang."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What time is for a quota: seconds that only grow, and a sleep; `tell` takes how long is waited, and for what."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[float, Exception], None] = lambda *_: None


class Quota:
    """Spaces requests evenly, so that a backfill that is begun again and again keeps to the quota too."""

    def __init__(self, clock: Clock, requests_a_minute: int = REQUESTS_A_MINUTE) -> None:
        self._clock = clock
        self._spacing = 60 / requests_a_minute
        self._free_at = clock.now()

    def wait(self) -> None:
        """Return when the next request may be sent."""
        if (left := self._free_at - self._clock.now()) > 0:
            self._clock.sleep(left)
        self._free_at = max(self._free_at, self._clock.now()) + self._spacing


def patiently(call: Callable[[], T], passing: type[Exception], clock: Clock) -> T:
    """Return what a call gives; try it again, ever later, as long as it fails with what may pass.

    Raises:
        Exception: The last of `passing`; any other at once.
    """
    for wait in WAITS:
        try:
            return call()
        except passing as exc:
            if wait >= LONG:
                clock.tell(wait, exc)
            clock.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  # so that several do not ask at once
    return call()
