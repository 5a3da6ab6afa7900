"""Run the programs beside this file under every interpreter and server at hand, and keep what they write.

Usage: python tests/corpus/regenerate.py [NAME ...]; a name is a folder of programs/: `node` or `node/rejection`.

Each program becomes a form: a folder with one entry per interpreter, `made.txt`, and `expect.json`, which is only
written where there is none yet: read it before you commit it. Where an interpreter is not here, its forms stay.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import commands
import normal

CORPUS = Path(__file__).parent
PROGRAMS = CORPUS / "programs"
COLUMNS = ("error_type", "error_message", "error_category", "severity", "culprit", "handled", "is_fragment", "causes")


def main(names: list[str]) -> None:
    """Run what is named, or everything."""
    for program in sorted(folder for folder in PROGRAMS.glob("*/*") if folder.is_dir()):
        language = program.parent.name
        if names and language not in names and f"{language}/{program.name}" not in names:
            continue
        form = CORPUS / f"{commands.SECTIONS[language]}_{language}_{program.name}"
        for run in commands.runs(language, program):
            _keep(form, run, normal.text(_stderr(run, program)))


def _stderr(run: commands.Run, program: Path) -> str:
    """Return what a program writes in a folder of its own, as if that were /workspace."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "workspace"
        shutil.copytree(program, folder)
        environ = {"PATH": os.environ["PATH"], "HOME": name, "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1", **run.environ}
        for command in run.before:
            subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        if run.from_stdout:
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        done = subprocess.Popen(run.command, cwd=folder, env=environ, **streams)
        try:
            written = b"".join(stream or b"" for stream in done.communicate(timeout=run.seconds))
        except subprocess.TimeoutExpired:
            done.terminate()
            written = b"".join(stream or b"" for stream in done.communicate())
        return written.decode("utf-8", "replace").replace(str(folder), "/workspace").replace(name, "/tmp")  # noqa: S108


def _keep(form: Path, run: commands.Run, text: str) -> None:
    form.mkdir(exist_ok=True)
    entry = normal.entry(form.name + run.version, text, "stdout" if run.from_stdout else "stderr")
    file = form / (f"entry_{run.version}.json" if run.version else "entry.json")
    file.write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (form / "made.txt").write_text(f"by {run.maker}\n", "utf-8")
    if not (form / "expect.json").exists():
        (form / "expect.json").write_text(json.dumps(list(_rows(entry)), indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"{file.relative_to(CORPUS)}: {len(text)} characters")  # noqa: T201


def _rows(entry: object) -> Iterator[dict[str, object]]:
    from svcerrors import logs  # noqa: PLC0415  # only a new form needs them

    for record in logs.parse(entry):
        row = record.row()
        yield {"table": record.table, **{name: row[name] for name in COLUMNS}}


if __name__ == "__main__":
    main(sys.argv[1:])
