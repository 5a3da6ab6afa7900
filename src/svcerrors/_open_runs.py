"""Which runs are open where an error is recorded: those of this thread or task, and no others."""

from __future__ import annotations

import os
from contextvars import ContextVar
from types import FrameType

from svcerrors._run import Run
from svcerrors._stack import current_task, generator_of, is_on_stack

__all__ = ["close_run", "inherited", "innermost", "is_in_run", "note", "open_run", "open_runs"]

_ERRORS = frozenset({"ERROR", "CRITICAL", "ALERT", "EMERGENCY"})


class Open:
    """An open run, and where it was opened.

    Args:
        owner: What opened it, and will close it.
        generator: The frame of the generator that it is in, None if it is in none.

    Attributes:
        around: The runs that it was opened in.
    """

    __slots__ = ("_generator", "_process", "_task", "around", "owner", "run")

    def __init__(self, run: Run, owner: object, generator: FrameType | None) -> None:
        self.run, self.owner = run, owner
        self.around = _here()
        self._process: int | None = os.getpid()
        self._generator, self._task = generator, current_task() if generator else None

    def is_of_this_process(self) -> bool:
        """Tell whether it is open here, and not in what has forked this process."""
        return self._process == os.getpid()

    def is_here(self) -> bool:
        """Tell whether what happens now happens in the run, and not in a forked child or another task."""
        if not self.is_of_this_process():
            return False
        if self._generator is None or is_on_stack(self._generator):
            return True
        return self in inherited.get() and self._task is not current_task()

    def is_inside(self, other: Open) -> bool:
        """Tell, of two that are here, whether this is the inner one: a generator is asked inside of what goes on."""
        is_asked = self._generator is not None and self not in other.around and other is not self
        return is_asked or other in self.around

    def close(self) -> None:
        """Be nowhere from now on: tasks that were started in it may go on."""
        self._process = self._generator = self._task = None
        self.around = []


inherited: ContextVar[tuple[Open, ...]] = ContextVar("svcerrors_runs", default=())
"""The runs that this context was opened in, outermost first."""

_open: dict[Open, None] = {}

# Each step of a generator may be taken in another context: servers iterate bodies in threads.
_in_generators: dict[Open, None] = {}


def open_run(run: Run, owner: object, frame: FrameType) -> None:
    """Let a run begin.

    Args:
        run: The run.
        owner: What will close it.
        frame: Where it is opened.
    """
    generator = generator_of(frame)
    opened = Open(run, owner, generator)
    inherited.set((*inherited.get(), opened))
    _open[opened] = None
    if generator is not None:
        _in_generators[opened] = None


def close_run(owner: object) -> Run | None:
    """Let the innermost run of an owner end; return it, None if it is not of this process."""
    closing = next((opened for opened in reversed(_here()) if opened.owner is owner), None)
    if closing is None:
        return None
    closing.close()
    inherited.set(tuple(opened for opened in inherited.get() if opened is not closing))
    _open.pop(closing, None)
    _in_generators.pop(closing, None)
    return closing.run


def innermost() -> Run | None:
    """Return the run that this thread or task is in, None if it is in none."""
    here = _here()
    return here[-1].run if here else None


def open_runs() -> int:
    """Return how many runs are open in this process, in whatever thread or task."""
    return sum(opened.is_of_this_process() for opened in list(_open))


def is_in_run() -> bool:
    """Tell whether a run may be open here, at no cost worth a word."""
    return bool(inherited.get() or _in_generators)


def note(error_id: str, severity: str, category: str) -> None:
    """Tell every run that is open here of an error, unless it is a warning or an expected one."""
    if severity in _ERRORS and category != "no_data_available":
        for opened in _here():
            opened.run.swallowed(error_id)


def _here() -> list[Open]:
    """Return the open runs of this thread or task, outermost first."""
    known = inherited.get()
    others = (opened for opened in list(_in_generators) if opened not in known)
    here = [opened for opened in (*others, *known) if opened.is_here()]
    return sorted(here, key=lambda opened: sum(map(opened.is_inside, here))) if len(here) > 1 else here
