"""What a capture may be told, checked where it is said: at decoration, not when the error comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from svcerrors._category import CATEGORIES, categorise
from svcerrors._guard import attempt
from svcerrors._light import Values
from svcerrors._line import SEVERITIES
from svcerrors._program import BeforeEmit

__all__ = ["PLAIN", "Options", "Types", "accepted", "category_of", "check"]

Accepts = Callable[[Any], bool]
Types = tuple[type[BaseException], ...]


class Options(Values):
    """How an error is to be recorded; None leaves it to the error.

    Attributes:
        labels: Recorded beside what is bound, and before it.
        expected: Exception classes that mean `no_data_available`.
        service: Whose error it is, where that is not the program's own name.
        before_emit: Has the last word on the payload.
    """

    labels: Mapping[str, Any] = MappingProxyType({})
    severity: str | None = None
    category: str | None = None
    fingerprint: str | None = None
    expected: Types = ()
    service: str | None = None
    before_emit: BeforeEmit | None = None


PLAIN = Options()
"""As an error is recorded of which nothing was said."""


def check(**options: Any) -> None:
    """Check the values of options by their names.

    Raises:
        UsageError: An option has a value that it cannot have.
    """
    for name, value in options.items():
        accepts, wanted = _RULES[name]
        if not accepts(value):
            from svcerrors._errors import UsageError  # noqa: PLC0415  # 0.4 ms that no right option costs

            raise UsageError(f"{name} must be {wanted}, not {value!r:.100}")


def accepted(**options: Any) -> Options:
    """Return options without those whose value cannot be: where an error is at hand, it counts more than they do."""
    given = {name: value for name, value in options.items() if value is not None and _is_accepted(name, value)}
    return Options(**given) if given else PLAIN


def category_of(exc: BaseException, options: Options, error_type: str, message: str = "") -> str:
    """Return the category of an exception: what is expected of it, else what the rules say of its type and message."""
    if options.category:
        return options.category
    if issubclass(type(exc), options.expected):
        return "no_data_available"
    return categorise(error_type, message)


def _is_accepted(name: str, value: Any) -> bool:
    # To ask an object for its class may run its own code.
    return bool(attempt(lambda: _RULES[name][0](value))[0])


def _is_types(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(item, type) and issubclass(item, BaseException) for item in value
    )


def _is_labels(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _is_text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value != "")


def _one_of(names: frozenset[str]) -> tuple[Accepts, str]:
    return (
        lambda value: value is None or (isinstance(value, str) and value in names),
        f"one of {', '.join(sorted(names))}",
    )


_FLAG: tuple[Accepts, str] = (lambda value: isinstance(value, bool), "True or False")
_CHOICE: tuple[Accepts, str] = (lambda value: value is None or isinstance(value, bool), "True, False or None")
_TEXT: tuple[Accepts, str] = (_is_text, "a text of one character or more")
_TYPES: tuple[Accepts, str] = (_is_types, "a tuple of exception classes")

_RULES: dict[str, tuple[Accepts, str]] = {
    "before_emit": (lambda value: value is None or callable(value), "a function"),
    "category": _one_of(CATEGORIES),
    "environment": _TEXT,
    "exits": _CHOICE,
    "expected": _TYPES,
    "faulthandler": _FLAG,
    "fingerprint": _TEXT,
    "futures": _FLAG,
    "ignore": _TYPES,
    "labels": (_is_labels, "a mapping with texts as keys"),
    "logging": _one_of(frozenset({"ERROR", "WARNING"})),
    "methods": _FLAG,
    "rate_limit": (
        lambda value: value is None or (type(value) is int and value > 0),
        "a whole number above 0, or None",
    ),
    "redact_emails": _CHOICE,
    "release": _TEXT,
    "reraise": _FLAG,
    "run": _TEXT,
    "service": _TEXT,
    "severity": _one_of(SEVERITIES),
    "sigterm": _FLAG,
    "swallowed": _FLAG,
}
