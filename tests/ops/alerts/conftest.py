"""Receivers for the tests of alerts, and a store in which something fires."""

from contextlib import ExitStack

import pytest

from support.receivers import receiving


@pytest.fixture
def receiver():
    """Return a starter of receivers."""
    with ExitStack() as stack:
        yield lambda *answers: stack.enter_context(receiving(*answers))
