"""Regular expressions that are compiled when they are first used: a program that starts waits for none of them."""

import re
from typing import Any, cast

__all__ = ["pattern"]


class _Pattern:
    def __init__(self, source: str, flags: int) -> None:
        self._source = source, flags

    def __getattr__(self, name: str) -> Any:
        """Return a method of the compiled pattern, and keep it: it is asked for once."""
        method = getattr(re.compile(*self._source), name)
        setattr(self, name, method)
        return method


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return what `re.compile` will return, for less."""
    return cast("re.Pattern[str]", _Pattern(source, flags))
