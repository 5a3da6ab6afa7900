"""Which line of the requirements pip complains of."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["Unmet", "lost", "required", "unmet"]

_SUBJECTS = (
    re.compile(r"No matching distribution found for (?P<name>[\w.-]+)"),
    re.compile(r"Invalid requirement: ['\"]?(?P<name>[^'\":]+)"),
    re.compile(r"Cannot install (?:-r [^ ]+ \(line \d+\) and )?(?P<name>[\w.-]+)"),
    re.compile(r"requirements file: .*No such file or directory: '(?P<name>[^']+)'"),
    re.compile(r"^(?P<name>[\w.-]+) \S+ (?:requires|has requirement) "),
    re.compile(r"Requirement '(?P<name>[^']+)'"),
    re.compile(r"^(?P<name>\S+) (?:is not a supported wheel|is not a valid)"),
)
_VERSIONS = re.compile(r" \(from versions: [^)]*\)")
_AT = re.compile(r"-r (?P<file>[^ ]+) \(line (?P<line>\d+)\)")
_REQUIRED = re.compile(r"\s*(?:(?:-e|--editable)[ =]\s*)?(?P<what>[^\s;<>=!~\[#-][^\s;<>=!~\[#]*)")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement|-c|--constraint)[ =]?\s*(?P<file>\S+)")

_BY_PATH = re.compile(r"\s*(?:(?:-e|--editable)[ =]\s*)?(?P<file>\.{0,2}/[^\s;$#\[]+|[^\s;:$#@]+\.whl)\s*(?:#.*)?")
"""Without a marker: what is not for this Python need not be there."""

_CANNOT = "the requirements cannot be installed"


class Unmet(Exception):
    """Requirements that cannot be met: their file relative to the bundle, the line, and why."""

    def __init__(self, file: str, line: int, why: str) -> None:
        super().__init__(why)
        self.file, self.line, self.why = file, line, why


def unmet(folder: Path, complaints: Sequence[str]) -> Unmet:
    """Return what pip complains of, at the line that names it; at the first where none does."""
    why = _VERSIONS.sub("", " ".join(" ".join(complaints).split()))[:400]
    file, line = _place(folder, " ".join(complaints))
    return Unmet(file, line, f"{_CANNOT}: {why}")


def lost(folder: Path) -> Iterator[Unmet]:
    """Yield what the requirements name by its path, and is not there; a path is that of where pip runs."""
    for file, line, text in _lines(folder, "requirements.txt", set()):
        if found := _INCLUDE.match(text):
            path = (folder / file).parent / found["file"]
        elif found := _BY_PATH.fullmatch(text):
            path = folder / found["file"]
        else:
            continue
        if not path.exists():
            yield Unmet(file, line, f"{_CANNOT}: there is no {found['file']}")


def required(folder: Path) -> list[str]:
    """Return what the requirements name, without versions: distributions, addresses and paths."""
    lines = _lines(folder, "requirements.txt", set())
    return [found["what"] for _, _, text in lines if (found := _REQUIRED.match(text))]


def _place(folder: Path, said: str) -> tuple[str, int]:
    if found := _AT.search(said):
        return found["file"], int(found["line"])
    names = [found["name"] for subject in _SUBJECTS if (found := subject.search(said))]
    for file, number, text in _lines(folder, "requirements.txt", set()):
        if any(_plain(name) in _plain(text) for name in names):
            return file, number
    return "requirements.txt", 1


def _lines(folder: Path, name: str, seen: set[str]) -> Iterator[tuple[str, int, str]]:
    """Yield every line of a file, and of those that it includes."""
    path = folder / name
    if name in seen or not path.is_file():
        return
    seen.add(name)
    for number, text in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        yield name, number, text
        if found := _INCLUDE.match(text):
            yield from _lines(folder, str(Path(name).parent / found["file"]), seen)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
