"""Methods of modules that a program may import later, or never: put in place when they come, and taken out again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from svcerrors._guard import attempt

__all__ = ["Awaited", "Patch", "Watch"]


class Patch:
    """A method of a class, or a function of a module, replaced until it is removed.

    Args:
        owner: The class, or the module.
        name: The name of what is replaced.
        make: Returns the new one, given the former one and this patch.

    Attributes:
        active: Is it to do its work? Where another has wrapped it, it stays and only passes calls on.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Any, Patch], Any]) -> None:
        self.active = True
        self._owner, self._name = owner, name
        self._is_inherited = name not in vars(owner)
        self._former = getattr(owner, name)
        self._ours = make(self._former, self)
        setattr(owner, name, self._ours)

    def remove(self) -> None:
        """Put the former method back, unless another was put on top."""
        self.active = False
        if getattr(self._owner, self._name) is not self._ours:
            return
        if self._is_inherited:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._former)


Awaited = tuple[str, str, Callable[[Any], Patch]]
"""A module, a class (or module) in it, and what makes its patch."""


class Watch:
    """A finder that is asked at every import, and so sees when a module has come; it leaves the finding to the others.

    A class is there once its module has run so far. It is patched at the module's next own import, or when the module
    has run.

    Args:
        awaited: Of each: the module, the class (or module) in it, and what makes its patch.
    """

    def __init__(self, awaited: Iterable[Awaited]) -> None:
        self._awaited = list(awaited)
        self._modules = {module for module, *_ in self._awaited}
        self._patches: list[Patch] = []
        self._is_patching = False
        sys.meta_path.insert(0, self)
        self._patch()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Patch what has come since the last import; find what the others find, if that is awaited."""
        if not sys.modules.keys().isdisjoint(self._modules):  # the shorter of the two is walked
            self._patch()
        if name not in self._modules:
            return None
        finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path if finder is not self)
        found = (find(name, path, target) for find in finders if find is not None)
        spec = next((spec for spec in found if spec is not None), None)
        self._follow(getattr(spec, "loader", None))
        return spec

    def _follow(self, loader: Any) -> None:
        former = getattr(loader, "exec_module", None)
        if former is None or isinstance(loader, type) or not hasattr(loader, "__dict__"):
            return  # what is frozen shares one loader

        def exec_module(module: Any) -> None:
            former(module)
            self._patch()

        loader.exec_module = exec_module

    def _patch(self) -> None:
        if self._is_patching:
            return  # what makes a patch is imported itself, and the import of a module within its own makes two of it
        try:
            self._is_patching = True
            for row in tuple(self._awaited):
                self._patch_one(row)
        finally:
            self._is_patching = False

    def _patch_one(self, row: Awaited) -> None:
        where, name, make = row
        owner = getattr(sys.modules.get(where), name, None)
        if owner is not None and row in self._awaited:
            self._awaited.remove(row)
            self._modules = {module for module, *_ in self._awaited}
            patch, _ = attempt(partial(make, owner))  # whatever it fails in, the program's own import goes on
            self._patches += [patch] if patch else []

    def remove(self) -> None:
        """Stop, and put back what was replaced."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._awaited.clear()
        self._modules.clear()
        while self._patches:
            self._patches.pop().remove()
