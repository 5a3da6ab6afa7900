"""A clean environment, made from a bundle's own requirements as the platform makes one."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.check_imports.requirements import Unmet, unmet
from svcerrors.ops.check_imports.running import Ended, run

__all__ = ["clean_environment", "is_function"]

BY_THE_BUILD = "functions-framework"
"""What Google's function build installs, whether the requirements name it or not."""

CONTAINERS = ("Dockerfile", "Procfile")
"""Whoever has one of these is built otherwise, and gets what the requirements name."""

INSTALL_SECONDS = 900.0

_PIP = ("--disable-pip-version-check", "--quiet", "--no-input")


@contextmanager
def clean_environment(folder: Path) -> Iterator[Path]:
    """Make an environment from the bundle's requirements; yield its interpreter.

    Raises:
        Unmet: The requirements are missing, cannot be installed, or do not fit each other.
        SvcErrorsError: No environment can be made here.
    """
    if not (folder / "requirements.txt").is_file():
        raise Unmet("requirements.txt", 1, "there is none: add one, empty if nothing is needed, or use --static")
    with TemporaryDirectory(prefix="svcerrors-check-") as home:
        has_pip = find_spec("pip") is not None
        python = _new(home, with_pip=not has_pip)
        # Our own pip, where we have one: making another takes seconds, and brings setuptools, which hides its absence.
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python] if has_pip else [python, "-m", "pip"]
        for words in _installs(folder):
            done = run([*pip, *_PIP, *words], folder, INSTALL_SECONDS, environ=os.environ)
            if done.code:
                raise unmet(folder, _why(done))
        yield python


def is_function(folder: Path) -> bool:
    """Say whether Google's build takes a folder for a function, and adds functions-framework."""
    return not any((folder / name).exists() for name in CONTAINERS)


def _new(home: str, *, with_pip: bool) -> Path:
    try:
        venv.create(home, with_pip=with_pip)
    except (OSError, subprocess.CalledProcessError) as exc:
        raise SvcErrorsError(
            f"no virtual environment can be made here ({exc}): is venv installed, and space left?"
        ) from exc
    return Path(home, "bin", "python")


def _installs(folder: Path) -> Iterator[Sequence[str]]:
    text = (folder / "requirements.txt").read_text("utf-8", "replace")
    own, of_build = ["install", "-r", "requirements.txt"], [BY_THE_BUILD]
    if not is_function(folder):
        of_build = []
    if "--hash=" in text and of_build:
        yield own
        yield ["install", *of_build]
    else:
        yield [*own, *of_build]
    yield ["check"]


def _why(done: Ended) -> list[str]:
    if done.code is None:
        return [f"installing them took more than {INSTALL_SECONDS:.0f} s"]
    said = done.words.splitlines()
    return [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR")] or said or ["pip failed"]
