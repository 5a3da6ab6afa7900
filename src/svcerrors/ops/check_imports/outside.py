"""What stands outside a bundle, and would have satisfied an import."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from svcerrors.ops.check_imports.definitions import defines
from svcerrors.ops.check_imports.imports import Import

__all__ = ["Outside"]

SEARCHED = 20_000
"""Folders that are looked through."""

_SKIPPED = {".git", ".hg", ".nox", ".tox", ".venv", "venv", "node_modules", "__pycache__", "site-packages"}


class Outside:
    """The Python files around a bundle that are not in it.

    Args:
        bundle: The bundle's folder.
        root: Where to look; the git checkout around the bundle, else the folder that it lies in, unless given.
    """

    def __init__(self, bundle: Path, root: Path | None = None) -> None:
        self._bundle = bundle
        self._root = root or next((one for one in bundle.parents if (one / ".git").exists()), bundle.parent)

    def of(self, statement: Import) -> str | None:
        """Return the file that would have satisfied an import, relative to the checkout."""
        module, member = statement.module, statement.member
        if module is None:
            return None
        if member and (found := self.find(f"{module}.{member}")):
            return found
        found = self.find(module)
        return found if found and (member in {None, "*"} or defines(self._root / found, str(member))) else None

    def find(self, module: str) -> str | None:
        """Return the file that holds a module, relative to the checkout; the one nearest to its top."""
        tail = "/" + module.replace(".", "/")
        fits = [path for path in self._files if f"/{path}".endswith((f"{tail}.py", f"{tail}/__init__.py"))]
        return min(fits, key=lambda path: (path.count("/"), path), default=None)

    @cached_property
    def _files(self) -> list[str]:
        return list(self._walk()) if self._root != self._bundle else []

    def _walk(self) -> Iterator[str]:
        for number, (folder, folders, names) in enumerate(os.walk(self._root)):
            here = Path(folder)
            if number >= SEARCHED:
                return
            folders[:] = [name for name in folders if name not in _SKIPPED and here / name != self._bundle]
            yield from ((here / name).relative_to(self._root).as_posix() for name in names if name.endswith(".py"))
