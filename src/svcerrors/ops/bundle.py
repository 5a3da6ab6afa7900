"""The self-contained folders to deploy from: a few files, and the wheel that their requirements name by path."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from svcerrors._errors import SvcErrorsError, UsageError

__all__ = ["ALERT_JOB", "WORKER", "WRITERS", "Porch", "bundle"]

_WHEEL = re.compile(r"svcerrors-[\w.+!]+-py3-none-any\.whl")
_REQUIREMENT = re.compile(rf"\./{_WHEEL.pattern}\[[\w,]+\]")


class Porch(NamedTuple):
    """What a folder holds besides the wheel, from sink_function/, and the extras of the wheel that it needs."""

    files: tuple[str, ...]
    extras: str


_SINK = ("main.py", "requirements.txt", ".gcloudignore")

WRITERS = {"insertAll": Porch(_SINK, "sink"), "storage": Porch(_SINK, "storage")}
"""The sink, by what it is to write by."""

ALERT_JOB = Porch(("alert_job/Procfile", "alert_job/requirements.txt", ".gcloudignore"), "bigquery,cli")
"""The job that sends alerts."""

WORKER = Porch(("worker/Procfile", "worker/requirements.txt", ".gcloudignore"), "cli,pull,storage")
"""The sink that pulls, by whichever writer."""


def bundle(folder: str, wheel: str | None = None, porch: Porch = WRITERS["insertAll"]) -> list[Path]:
    """Make the folder; return the files in it.

    Args:
        folder: A new or empty folder.
        wheel: The wheel to put in; the one that this svcerrors was installed from, or is built from, unless given.
        porch: What to deploy: one of WRITERS (an address of `bigquery+storage:` needs `storage`), ALERT_JOB or WORKER.

    Raises:
        UsageError: The folder holds something.
        SvcErrorsError: There is no wheel to put in.
    """
    target = Path(folder)
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"{folder} is not empty: give a new folder")
    with tempfile.TemporaryDirectory() as scratch:
        found = Path(wheel) if wheel else _wheel(Path(scratch))
        if not _WHEEL.fullmatch(found.name):
            raise UsageError(f"{found.name} is no wheel of svcerrors: give one, or none")
        _make(target)
        with as_file(files("svcerrors.sink_function")) as source:
            for name in porch.files:
                shutil.copy(source / name, target)
            requirements = target / "requirements.txt"
            wanted = f"./{found.name}[{porch.extras}]"
            requirements.write_text(_REQUIREMENT.sub(wanted, requirements.read_text("utf-8")), "utf-8")
        shutil.copy(found, target)
    return sorted(target.iterdir())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SvcErrorsError(f"{folder} cannot be made: {exc.strerror}; give another folder") from exc


def _wheel(scratch: Path) -> Path:
    origin = _origin()
    if origin and origin.suffix == ".whl":
        return origin
    wanted = str(origin) if origin else f"svcerrors=={distribution('svcerrors').version}"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(scratch), wanted]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        words = made.stderr.strip().splitlines()
        raise SvcErrorsError(
            f"no wheel of svcerrors could be made ({words[-1] if words else 'pip failed'}): give --wheel"
        )
    return next(scratch.glob("*.whl"))


def _origin() -> Path | None:
    """Where this svcerrors was installed from, as pip recorded it (PEP 610)."""
    record = distribution("svcerrors").read_text("direct_url.json")
    url = urlsplit(json.loads(record)["url"]) if record else None
    path = Path(unquote(url.path)) if url and url.scheme == "file" else None
    return path if path and path.exists() else None
