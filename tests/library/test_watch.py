"""Modules that come later, or never."""

import importlib
import sys

import pytest

from svcerrors._watch import Patch, Watch

SOURCE = "class Later:\n    def work(self):\n        return 'done'\n"


@pytest.fixture
def later(tmp_path, monkeypatch):
    (tmp_path / "comes_later.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "comes_later"
    sys.modules.pop("comes_later", None)


def test_a_module_is_patched_when_it_comes_and_restored(later):
    """Its class does what it did when the watch is over."""
    watch = Watch([(later, "Later", lambda cls: Patch(cls, "work", lambda former, _: lambda it: f"well {former(it)}"))])
    it = importlib.import_module(later).Later()
    assert it.work() == "well done"
    watch.remove()
    assert it.work() == "done"


def test_what_fails_in_patching_costs_no_import(later):
    """The program has its module, as it is."""

    def fail(_cls):
        raise OSError("no descriptor is left")

    watch = Watch([(later, "Later", fail)])
    it = importlib.import_module(later).Later()
    watch.remove()
    assert it.work() == "done"
