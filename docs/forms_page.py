"""docs/forms.md: every form of tests/corpus with the row that it gives."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from svcerrors import logs

__all__ = ["forms_page"]

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"

SECTIONS = {
    "a": "Python",
    "b": "What the platform says of a container",
    "c": "What the audit log says",
    "d": "What the request log says",
    "e": "Records and lines of logs",
    "f41": "JavaScript",
    "f42": "Go",
    "f43": "Java, Kotlin and C#",
    "f44": "Ruby, PHP and Dart",
    "f45": "C++ and Rust",
    "g46": "Callers that notice first",
}
NOTHING, REJECTED = "look_alikes", "rejected"

_INTRODUCTION = """# Forms

Generated from `tests/corpus/`: each form in which a service says that it failed, or that it ran, and the row of
`service_errors` or `service_runs` that it gives, as `svcerrors parse` makes it. A culprit is the innermost frame of the
team's own code, or the place that a line names. *by hand*: no real program wrote the entry.
"""

_ROW = "| {form} | {error_type} | {error_message} | {culprit} | {error_category} | {severity} | {handled} |\n"
_WIDTH = 70


def forms_page() -> str:
    """Return every form with the row that it gives, and what gives none."""
    parts = [_INTRODUCTION]
    for section, title in SECTIONS.items():
        parts.append(f"## {title}\n\n{_table(section)}")
    parts.append("## What only looks like a failure\n\nNo row:\n\n" + "".join(_names(NOTHING)))
    parts.append(
        "## What cannot be read\n\nA row of `service_errors_rejected`, which keeps the bytes:\n\n"
        + "".join(_names(REJECTED))
    )
    return "\n".join(parts)


def _table(section: str) -> str:
    head = "| form | type | message | culprit | category | severity | handled |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(
        row for folder in sorted(CORPUS.glob("*/")) if _is_of(folder, section) for row in _rows(folder)
    )


def _is_of(folder: Path, section: str) -> bool:
    name = folder.name.partition("_")[0]
    return name == section or (
        len(section) == 1 and name[:1] == section and folder.name not in {NOTHING, REJECTED, "commands"}
    )


def _rows(folder: Path) -> Iterator[str]:
    entries = sorted(folder.glob("entry*.json"), key=lambda file: [part.zfill(3) for part in file.stem.split(".")])
    if not entries:
        return
    made = (folder / "made.txt").read_text("utf-8").strip()
    form = f"[{_title(folder.name)}](../tests/corpus/{folder.name}/entry{entries[-1].stem[5:]}.json), *{made}*"
    for record in logs.parse(json.loads(entries[-1].read_text("utf-8"))):
        yield (
            _run(form, record.row())
            if record.table == "service_runs"
            else _ROW.format(form=form, **_cells(record.row()))
        )


def _run(form: str, row: dict[str, Any]) -> str:
    if row["evidence"] == "observed":
        return f"| {form} | *a sign of life:* `{row['status']}` | | | | | |\n"
    return f"| {form} | *a run:* `{row['run_name']}` `{row['status']}` | {_escaped(row['reason'] or '')} | | | | |\n"


def _cells(row: dict[str, Any]) -> dict[str, str]:
    message = " ".join(row["error_message"].split())
    short = message if len(message) <= _WIDTH else f"{message[:_WIDTH]}…"
    told = {None: "", True: "yes", False: "no"}[row["handled"]]
    return {
        "error_type": f"`{row['error_type']}`",
        "error_message": _escaped(short),
        "culprit": f"`{row['culprit']}`" if row["culprit"] else "",
        "error_category": row["error_category"],
        "severity": row["severity"],
        "handled": told,
    }


def _escaped(text: str) -> str:
    for character in "\\|<>*_`[]":
        text = text.replace(character, f"\\{character}")
    return text


def _title(name: str) -> str:
    return name.partition("_")[2].replace("_", " ") or name


def _names(folder: str) -> Iterator[str]:
    for form in sorted((CORPUS / folder).glob("*/")):
        yield f"- [{form.name.replace('_', ' ')}](../tests/corpus/{folder}/{form.name}/entry.json)\n"
