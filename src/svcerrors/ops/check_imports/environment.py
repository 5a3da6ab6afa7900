"""A clean environment, made from a bundle's own requirements as the platform makes one."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.check_imports.bundle import Wanted

__all__ = ["Answer", "ask", "clean_environment", "is_standard"]

PROBE = Path(__file__).with_name("probe.py")

BY_THE_PLATFORM = "functions-framework"
"""What Google's function build installs, whether the requirements name it or not."""

INSTALL_TIMEOUT, PROBE_TIMEOUT = 900, 300
"""Seconds."""


class Answer(NamedTuple):
    """What the bundle's own interpreter said: the target's traceback, and what each import lacks."""

    failure: str | None
    missing: list[str | None]


@contextmanager
def clean_environment(folder: Path) -> Iterator[Path]:
    """Make an environment from the bundle's requirements; yield its interpreter.

    Raises:
        SvcErrorsError: The requirements are missing, or cannot be installed.
    """
    if not (folder / "requirements.txt").is_file():
        raise SvcErrorsError(f"{folder} has no requirements.txt: add one, empty if nothing is needed, or use --static")
    with TemporaryDirectory(prefix="svcerrors-check-") as home:
        venv.create(home, with_pip=True)
        python = Path(home, "bin", "python")
        install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = _run([*install, "-r", "requirements.txt", BY_THE_PLATFORM], folder, "", INSTALL_TIMEOUT)
        if done.returncode:
            words = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise SvcErrorsError(f"the requirements of {folder} cannot be installed: {(words or ['pip failed'])[0]}")
        yield python


def ask(python: Path, folder: Path, target: str | None, imports: Sequence[Wanted]) -> Answer:
    """Let an interpreter import the target in isolation, and look for each import.

    Raises:
        SvcErrorsError: It ended without an answer.
    """
    pairs = [(wanted.statement.module, wanted.statement.member) for wanted in imports]
    command: list[str | Path] = [python, "-I", "-X", "utf8", PROBE, folder]
    done = _run(command, folder, json.dumps({"target": target, "imports": pairs}), PROBE_TIMEOUT)
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError) as exc:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise SvcErrorsError(f"{folder} ended the interpreter that imported it: {words[-1]}") from exc
    return Answer(said["failure"], said["missing"])


def is_standard(module: str) -> bool:
    """Tell whether a module is of the standard library."""
    return module.partition(".")[0] in sys.stdlib_module_names


def _run(command: Sequence[str | Path], folder: Path, text: str, timeout: float) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command,
            cwd=folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired as exc:
        raise SvcErrorsError(
            f"{folder} took more than {timeout:.0f} s to be {'installed' if not text else 'imported'}"
        ) from exc
