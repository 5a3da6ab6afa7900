"""A crash of the interpreter itself: its stacks as text on standard error, where the sink reads them."""

import faulthandler

from svcerrors._emit import STDERR

__all__ = ["Faults", "install"]


class Faults:
    """The standard library's own handler; one that the program enabled itself stays as it is."""

    def __init__(self) -> None:
        self._is_ours = not faulthandler.is_enabled()
        if self._is_ours:
            faulthandler.enable(STDERR)

    def remove(self) -> None:
        """Disable it if we enabled it."""
        if self._is_ours:
            faulthandler.disable()


def install() -> Faults:
    """Enable it."""
    return Faults()
