"""SVCERRORS_AUTO=1: watch a program from the start of its interpreter, without a changed line."""

import os

from svcerrors._config import init
from svcerrors._guard import attempt

__all__ = ["start"]


def start() -> None:
    """Call init() with executors and the logging bridge; SVCERRORS_LOGGING=WARNING adds warnings.

    Called by svcerrors_auto.pth. Never raises: an interpreter starts with or without us.
    """
    heard = os.environ.get("SVCERRORS_LOGGING") == "WARNING"
    attempt(lambda: init(logging="WARNING" if heard else "ERROR", futures=True))
