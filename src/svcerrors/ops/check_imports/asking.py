"""The bundle's own interpreter asked: does the target import, and what does each import lack?"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.check_imports.bundle import Wanted
from svcerrors.ops.check_imports.running import run

__all__ = ["IMPORT_SECONDS", "Answer", "ask"]

PROBE = Path(__file__).with_name("probe.py")

IMPORT_SECONDS = 240.0
"""In which a service must listen on Cloud Run, or is given up (https://cloud.google.com/run/docs/container-contract)."""

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""Of our environment: a setting of this machine must not stand in for one of the platform."""


class Answer(NamedTuple):
    """What the interpreter said.

    Attributes:
        failures: Tracebacks of what importing modules raised, by module.
        ended: The module at whose import the interpreter ended, and how.
        missing: What each import lacks.
    """

    failures: dict[str, str]
    ended: tuple[str, str] | None
    missing: list[str | None]


def ask(
    python: Path, folder: Path, modules: Sequence[str], imports: Sequence[Wanted], seconds: float = IMPORT_SECONDS
) -> Answer:
    """Let an interpreter import modules in isolation, and look for each import.

    Raises:
        SvcErrorsError: It ends also when it is only to look.
    """
    pairs = [(wanted.statement.module, wanted.statement.member) for wanted in imports]
    with TemporaryDirectory(prefix="svcerrors-answer-") as scratch:
        answer = Path(scratch, "answer")
        command: list[str | Path] = [python, "-I", "-B", "-X", "utf8", PROBE, folder, answer]
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        question = json.dumps({"modules": modules, "imports": pairs})
        done = run(command, folder, seconds, environ=environ, text=question)
        said = [json.loads(line) for line in answer.read_text("utf-8").splitlines()] if answer.exists() else []
    failures = {module: failure for module, failure in zip(said[::2], said[1::2], strict=False) if failure}
    if len(said) == 2 * len(modules) + 1:
        return Answer(failures, None, said[-1])
    how = f"takes more than {seconds:.0f} s" if done.code is None else f"ends the interpreter, exit code {done.code}"
    if not modules:
        raise SvcErrorsError(f"{folder}: looking for its imports {how}: {(done.words.splitlines() or [''])[-1]}")
    begun = said[-1] if said else modules[0]
    return Answer(failures, (begun, how), ask(python, folder, (), imports, seconds).missing)
