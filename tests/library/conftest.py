"""Each test starts and ends without hooks, labels or a known service."""

import os

import pytest
import structlog

import svcerrors
from library.programs import CLEAN, records


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    for name in [name for name in os.environ if name not in CLEAN]:
        monkeypatch.delenv(name)
    structlog.contextvars.clear_contextvars()
    yield
    svcerrors.uninstall()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def written(capfdbinary):
    """Return the payloads written to file descriptor 1 since the last call."""
    return lambda: records(capfdbinary.readouterr().out)
