"""A process that may do anything: hang, leave children behind, write without end."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

__all__ = ["Ended", "run"]

KEPT = 20_000
"""Bytes kept of what it writes, from the end."""


class Ended(NamedTuple):
    """How it ended: its exit code, None if it was killed for the time that it took; and its last words."""

    code: int | None
    words: str


def run(
    command: Sequence[str | Path], folder: Path, seconds: float, *, environ: Mapping[str, str], text: str = ""
) -> Ended:
    """Run a command in a session of its own, and leave nothing of it behind.

    Args:
        command: Program and arguments.
        folder: Where it runs.
        seconds: After these it is killed.
        environ: Its environment.
        text: Its standard input.
    """
    with TemporaryFile() as given, TemporaryFile() as said:  # files: a child that lives on would hold a pipe open
        given.write(text.encode())
        given.seek(0)
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=given, stdout=said, stderr=said, start_new_session=True
        )
        try:
            code: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.seek(max(0, said.seek(0, os.SEEK_END) - KEPT))
        return Ended(code, said.read().decode("utf-8", "replace"))
