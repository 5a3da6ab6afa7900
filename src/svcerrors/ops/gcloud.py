"""The gcloud command line: it knows who is logged in, and asks what no library of ours asks."""

import json
import subprocess
from typing import Any

from svcerrors._errors import SvcErrorsError, UsageError

__all__ = ["ask", "tell"]

SECONDS = 60
"""In which gcloud must have answered."""


def tell(*words: str) -> str:
    """Run a command of gcloud, and return what it prints.

    Raises:
        UsageError: There is no gcloud.
        SvcErrorsError: It failed; the message is the first line of what it says.
    """
    try:
        done = subprocess.run(
            ["gcloud", *words, "--quiet"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError as exc:
        raise UsageError("gcloud is not on PATH: install the Google Cloud CLI") from exc
    except subprocess.TimeoutExpired as exc:
        raise SvcErrorsError(f"gcloud {' '.join(words[:3])} did not answer within {SECONDS} s") from exc
    if done.returncode:
        raise SvcErrorsError(_said(done.stderr))
    return done.stdout


def ask(*words: str) -> Any:
    """Run a command of gcloud, and return what it describes or lists.

    Raises:
        UsageError: There is no gcloud.
        SvcErrorsError: It failed.
    """
    return json.loads(tell(*words, "--format=json") or "null")


def _said(stderr: str) -> str:
    lines = stderr.strip().splitlines() or ["gcloud failed and says nothing"]
    return next((line for line in lines if line.startswith("ERROR:")), lines[-1]).removeprefix("ERROR: ").rstrip(".")
