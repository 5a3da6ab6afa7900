"""The commands that the pages give, and what each needs to be run here."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "sink_function" / "README.md",
]

WORDS = (
    "svcerrors",
    "python",
    "python3",
    "pip",
    "make",
    "gcloud",
    "bq",
    "gunicorn",
    "functions-framework",
    "uvicorn",
    "export",
)
"""What a line of an indented block begins with when it is a command."""

CLOUD = "needs Google Cloud"
"""What the comment of a command says that can only be run there."""


class Command(NamedTuple):
    """A command of a page; the lines that end in a backslash are one."""

    page: str
    line: int
    text: str
    comment: str


def commands():
    """Return every command of every page, in order."""
    return [command for page in PAGES if page.name != "cli.md" for command in _of_page(page)]


def _of_page(page):
    fenced, begun, text = False, 0, ""
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if fenced or not (text or _is_command(line)):
            continue
        begun = begun if text else number
        text += line.strip().removesuffix("\\")
        if not line.endswith("\\"):
            words, _, comment = text.partition(" # ")
            yield Command(page.relative_to(ROOT).as_posix(), begun, words.strip(), comment.strip())
            text = ""


def _is_command(line):
    found = re.match(r"(?: {4}| {7})([\w-]+)(?= |$)", line)
    return bool(found) and found[1] in WORDS


NOT_HERE = {
    r"make (bench|check|demo|format|matrix|peers|setup|soak|test(-all)?)": "it is how the checkout itself is worked on",
    r"pip install .*": "what each extra brings is tested with the wheel",
    r"svcerrors sink pull .*": "a worker runs until it is stopped: tests/sink runs it against Pub/Sub's emulator",
    r"svcerrors dev -- functions-framework .*": "it runs until it is stopped: tests/cli/test_local.py runs it",
    r"svcerrors run -- gunicorn .*": "it runs until it is stopped: tests/library runs it",
    r"python benchmarks/\w+\.py": "they measure for minutes",
    r"svcerrors alerts test": "it proves every rule, for half a minute: tests/ops/proofs runs it",
    r"svcerrors canary --warehouse bigquery:.*": "it goes through Cloud Logging: tests/ops serves one",
}
"""Patterns of commands that are not run here, and why; each must match one."""

EXITS = {
    r"svcerrors check-imports .*phase3_to_phase4\b.*": (3,),
    r"svcerrors expect runs\.yaml --diff": (3,),
}
"""Exit codes of commands that find something; all others end with 0."""
