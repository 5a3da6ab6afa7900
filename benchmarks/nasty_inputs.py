"""The ten nastiest of the forty inputs that the tests of the library are about (tests/library/nasty)."""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["INPUTS", "SECRET", "Nasty"]

SECRET = "hunter2-secret"  # noqa: S105  # what must not be found in a record


class Nasty(NamedTuple):
    """One input.

    Attributes:
        number: Of the forty.
        right: What ought to come of it.
        fail: Raises the exception.
        labels: Given to the capture beside it.
    """

    number: int
    what: str
    right: str
    fail: Callable[[], object]
    labels: Mapping[str, Any] = MappingProxyType({})


class Interrupting(Exception):
    """An exception whose message cannot be had."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class HandsOff(Exception):
    """An exception that answers no question."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


class Exiting:
    """An object whose repr ends the program."""

    def __repr__(self) -> str:
        raise SystemExit(3)


def _interrupting() -> None:
    raise Interrupting


def _deep() -> None:
    deep: Exception = ValueError("leaf")
    for _ in range(1_500):
        deep = ExceptionGroup("g", [deep])
    raise deep


def _huge() -> None:
    raise ValueError("x" * 100_000_000)


def _exiting() -> None:
    local = Exiting()
    raise ValueError(f"beside {type(local)}")


def _secret() -> None:
    password, settings = SECRET, {"nested": {"api_key": SECRET}}
    raise ValueError(f"login failed: postgres://user:{password}@host/db, {len(settings)} settings")


def _plain() -> None:
    raise ValueError("plain")


def _hands_off() -> None:
    raise HandsOff


def _cycle() -> dict[str, Any]:
    cycle: dict[Any, Any] = {b"bytes": 1, ("a",): 2}
    cycle["itself"] = cycle
    return {"cycle": cycle}


def _inputs() -> Iterator[Nasty]:
    yield Nasty(2, "`__str__` raises KeyboardInterrupt", "one record, nothing escapes", _interrupting)
    yield Nasty(5, "a group 1,500 deep", "one bounded record", _deep)
    yield Nasty(8, "a message of 100 MB", "one bounded record, at once", _huge)
    yield Nasty(13, "a local whose `__repr__` exits", "one record, nothing escapes", _exiting)
    yield Nasty(15, "a password in locals and in the message", "one record without it", _secret)
    yield Nasty(17, "NaN among the labels", "strict JSON", _plain, {"ratio": math.nan})
    yield Nasty(20, "labels that hold themselves, with keys that are no texts", "one record", _plain, _cycle())
    yield Nasty(21, "a label of 5,000 digits", "one record", _plain, {"number": 10**5_000})
    yield Nasty(27, "standard output is full", "nothing escapes, the record goes elsewhere", _plain)
    yield Nasty(38, "an exception that answers no question", "one record, nothing escapes", _hands_off)


INPUTS = {nasty.number: nasty for nasty in _inputs()}
