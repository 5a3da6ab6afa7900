"""`svcerrors run`: a program with svcerrors in it before its first import. Needs no extra: a service has none."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from svcerrors._errors import SvcErrorsError, UsageError

__all__ = ["launch", "main"]

STARTER = "svcerrors_auto.pth"


def launch(command: Sequence[str]) -> None:
    """Become the program, with SVCERRORS_AUTO=1 in its environment: same process, same signals, same exit code.

    Args:
        command: The program and its arguments. It must be run by the Python that svcerrors is installed in.

    Raises:
        UsageError: There is no command, or no such program.
        SvcErrorsError: The interpreter would start without us.
    """
    if not command:
        raise UsageError("run needs a command: svcerrors run -- python main.py")
    if not _is_in_place():
        raise SvcErrorsError(f"{STARTER} is in no site-packages of {sys.executable}: install svcerrors there with pip")
    sys.stdout.flush()
    try:
        os.execvpe(command[0], list(command), {**os.environ, "SVCERRORS_AUTO": "1"})  # noqa: S606  # no shell is wanted
    except OSError as exc:
        raise UsageError(f"{command[0]} cannot be run: {exc.strerror}") from exc


def main(arguments: Sequence[str]) -> None:
    """Run the command line's verb `run`; every error is one line on stderr."""
    try:
        launch(arguments[1:] if arguments[:1] == ["--"] else arguments)
    except SvcErrorsError as exc:
        sys.stderr.write(f"svcerrors: {exc}\n")
        sys.exit(2 if isinstance(exc, UsageError) else 1)


def _is_in_place() -> bool:
    # -S leaves the module site out, and with it every .pth file.
    site = sys.modules.get("site")
    folders = [*site.getsitepackages(), site.getusersitepackages()] if site else []
    return any((Path(folder) / STARTER).exists() for folder in folders)
