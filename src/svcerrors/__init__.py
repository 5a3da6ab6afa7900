"""Every error of a Python service as one structured line on standard output."""

from svcerrors._capture import capture_errors, capture_exception
from svcerrors._config import init, uninstall
from svcerrors._contextvars import bind, bound, get_logger, unbind
from svcerrors._runs import Run, current_run, heartbeat, track_run

__all__ = [
    "Run",
    "bind",
    "bound",
    "capture_errors",
    "capture_exception",
    "current_run",
    "get_logger",
    "heartbeat",
    "init",
    "track_run",
    "unbind",
    "uninstall",
]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version  # noqa: PLC0415  # 20 ms that only who asks for it pays

    return version("svcerrors")
