"""Errors of what is submitted to an executor: recorded where they are raised, whoever reads the result."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from svcerrors._guard import attempt
from svcerrors._open_runs import inherited
from svcerrors._options import Options
from svcerrors._plan import Plan, failed
from svcerrors._watch import Patch

__all__ = ["Futures", "install"]


class Futures:
    """The `submit` of executors of threads and of processes, each call captured."""

    def __init__(self) -> None:
        self._patches = [Patch(ThreadPoolExecutor, "submit", _submitting("threading"))]
        processes = attempt(_process_pools)[0]  # there are none where a platform has no semaphores
        if processes is not None:
            self._patches.append(Patch(processes, "submit", _submitting("multiprocessing")))

    def remove(self) -> None:
        """Put the former methods back."""
        for patch in self._patches:
            patch.remove()


def install() -> Futures:
    """Capture what is submitted from now on."""
    return Futures()


class _Call:
    """A function that is submitted, captured; it is pickled for a process as the function would be."""

    def __init__(self, function: Callable[..., Any], mechanism: str) -> None:
        self._function, self._mechanism = function, mechanism
        self._runs = inherited.get()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        outside = inherited.set(self._runs)
        try:
            return self._function(*args, **kwargs)
        except Exception:
            failed(Plan(Options(), swallowed=None, mechanism=self._mechanism))
            raise
        finally:
            inherited.reset(outside)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Call, (self._function, self._mechanism)  # another process has none of these runs


def _process_pools() -> type[Executor]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # may fail

    return ProcessPoolExecutor


def _submitting(mechanism: str) -> Callable[[Any, Patch], Any]:
    def make(former: Any, patch: Patch) -> Any:
        def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return former(self, _Call(fn, mechanism) if patch.active else fn, *args, **kwargs)

        return submit

    return make
