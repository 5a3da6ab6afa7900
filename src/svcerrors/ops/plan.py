"""What a deployment would make, by which commands, and what it costs in a month."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops import costs

__all__ = ["Line", "Step", "costs_of", "script", "steps"]

_STEP = re.compile(r"(?m)^((?:# .*\n)+)((?:(?!# |\n).*\n)*)")
_CONTINUED = re.compile(r" \\\n *")
_NEXT = re.compile(r"\n(?=[^\s'])")
"""Where a command begins; a statement of SQL in it stands further in, and its closing quote alone."""


class Step(NamedTuple):
    """Commands that belong together, and why they are run."""

    why: str
    commands: tuple[str, ...]


class Line(NamedTuple):
    """What one part of a deployment costs."""

    what: str
    dollars: float


def script() -> Path:
    """Return where deploy.sh is; a wheel is installed as files, so it stays there."""
    with as_file(files("svcerrors.sink_function")) as folder:
        return folder / "deploy.sh"


def steps(options: Sequence[str]) -> list[Step]:
    """Return what deploy.sh would do: it prints that itself, so that no command stands in two places.

    Args:
        options: Of deploy.sh, such as `--project`.

    Raises:
        UsageError: It does not take them.
        SvcErrorsError: There is no bash to run it.
    """
    try:
        done = subprocess.run(
            ["bash", script(), *options, "--dry-run"], capture_output=True, text=True, timeout=60, check=False
        )
    except FileNotFoundError as exc:
        raise SvcErrorsError("deploy.sh needs bash, which is not on PATH: install it") from exc
    if done.returncode:
        raise UsageError(done.stderr.strip().removeprefix("deploy.sh: "))
    return list(_read(done.stdout))


def _read(printed: str) -> Iterator[Step]:
    for why, commands in _STEP.findall(printed):
        yield Step(
            " ".join(re.findall(r"(?m)^# (.*)", why)),
            tuple(filter(None, _NEXT.split(_CONTINUED.sub(" ", commands).strip()))),
        )


def costs_of(rate: float, minutes: float) -> list[Line]:
    """Return what a month costs, part by part, the sum last.

    Args:
        rate: Log entries that the filter lets through, a second.
        minutes: How often the alert job runs.
    """
    lines = [Line(what, cost(rate)) for what, cost in costs.COSTS.items() if cost in costs.PUSHED]
    lines += [
        Line("Cloud Run, alert job: CPU and memory", costs.alert_job(minutes)),
        Line("BigQuery, what the alert job reads", costs.alert_queries(rate, minutes)),
    ]
    return [*lines, Line("together", sum(line.dollars for line in lines))]
