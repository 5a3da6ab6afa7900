"""Clients that a fork must not carry over: each process makes its own, once."""

import os
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["PerProcess"]

Client = TypeVar("Client")


class PerProcess(Generic[Client]):
    """A client of this process alone, made when it is first needed.

    Args:
        make: Makes one.
    """

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def __call__(self) -> Client:
        """Return it; threads that ask at once are given the same (python-bigquery-storage#696)."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def _begin(self) -> None:
        self._lock = Lock()
        self._made: list[Client] = []
