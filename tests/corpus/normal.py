"""What a program wrote, without what is different on each machine and in each run."""

import hashlib
import re
import sys
from pathlib import Path

from svcerrors.ops.local.lines import payload

__all__ = ["entry", "text"]

_PATHS = (
    (f"{Path(sys.executable).parent.parent}/", "/usr/local/"),
    (rf"{Path.home()}/\.pyenv/versions/[\d.]+/", "/usr/local/"),
    (rf"{Path.home()}/\.rustup/toolchains/[^/]+/", "/usr/local/rustup/"),
    (rf"{Path(__file__).parents[2]}/build/corpus/", "/usr/local/"),
    (rf"{Path.home()}/", "/home/app/"),
)
_VARIABLE = (
    (r"\b0x[0-9a-f]{9,16}\b", "0x7f64c0130860"),
    (r"\b0xc[0-9a-f]{8,12}\b", "0xc000080000"),
    (r"(?<=, line )0(?=,)", "1"),
    (r"\d{4}-\d\d-\d\d(?=[ T])", "2026-01-25"),
    (r"\d{4}/\d\d/\d\d(?= )", "2026/01/25"),
    (r"(?<=[ T])\d\d:\d\d:\d\d(?=[ ,.Z])", "14:03:07"),
    (r"(?<=\d\d:\d\d:\d\d[,.])\d{3,9}", "123"),
    (r"(?<=\] )\[\d{2,7}\](?= \[)", "[7]"),
    (r"\(pid: ?\d+\)", "(pid:7)"),
    (r"(?<=with pid: )\d+", "7"),
    (r"(?m) \(\d{2,7}\)$", " (7)"),
    (r'("id": )\d{3,7}', r"\g<1>7"),
    (r'("(?:timestamp|seconds)": )[\d.]+', r"\g<1>1769350000.0"),
    (r"(?<=process )\[\d+\]", "[7]"),
    (r"' \(\d+\) panicked", "' (7) panicked"),
    (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:8080"),
)


def text(written: str) -> str:
    """Return a text with the paths of a container, and the same addresses, ids and times in every run."""
    for pattern, replacement in (*_PATHS, *_VARIABLE):
        written = re.sub(pattern, replacement, written)
    return written.strip("\n")


def entry(name: str, written: str, stream: str) -> dict[str, object]:
    """Return the entry of a text or a record, as Cloud Run writes a stream; id and time follow from the form's name."""
    number = int(hashlib.sha256(name.encode()).hexdigest()[:6], 16)
    moment = f"2026-01-25T16:{number % 60:02d}:{number // 60 % 60:02d}"
    service = "phase3-to-phase4"
    labels = {
        "project_id": "score-line",
        "service_name": service,
        "revision_name": f"{service}-00031-vuj",
        "configuration_name": service,
        "location": "europe-west1",
    }
    return {
        "insertId": f"65b4{number:012x}",
        "logName": f"projects/score-line/logs/run.googleapis.com%2F{stream}",
        "resource": {"type": "cloud_run_revision", "labels": labels},
        "timestamp": f"{moment}.000209458Z",
        "receiveTimestamp": f"{moment}.599418Z",
        "labels": {"instanceId": "0069c7a988a1f0"},
        **payload(written),
    }
