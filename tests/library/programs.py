"""Small programs, run as real processes: what they write on standard output is what the platform would read."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SVCERRORS_", "K_", "CLOUD_RUN", "FUNCTION_")) and name not in {"ENV", "ENVIRONMENT"}
}


class Ended(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: str

    @property
    def records(self):
        return records(self.stdout)


def records(stdout):
    """Return the payload of each line; a line that is not strict JSON fails."""
    return [json.loads(line, parse_constant=_refuse) for line in stdout.splitlines() if line.startswith(b"{")]


def _refuse(constant):
    raise ValueError(f"not strict JSON: {constant}")


def run(source, *arguments, stdout=subprocess.PIPE, timeout=60, **env):
    """Run a program to its end."""
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env={**CLEAN, **env},
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=timeout,
        check=False,
    )
    return Ended(done.returncode, done.stdout or b"", done.stderr.decode())


def run_file(folder, source, *arguments, **env):
    """Run a program from a file of its own, as a spawned child needs it."""
    program = folder / "program.py"
    program.write_text(source)
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        env={**CLEAN, **env},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr.decode())
