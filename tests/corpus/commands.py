"""How the programs of each language are run, and which interpreters and servers are at hand."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SECTIONS", "Run", "runs"]

VERSIONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
BIN = Path(sys.executable).parent
ENVIRONMENT = Path(__file__).parents[2] / "build" / "corpus"

SECTIONS = {
    "hosts": "a",
    "python": "a",
    "records": "e",
    "node": "f41",
    "go": "f42",
    "java": "f43",
    "php": "f44",
    "ruby": "f44",
    "cpp": "f45",
    "rust": "f45",
}
"""The section of the catalogue that a language's forms belong to."""


@dataclass(frozen=True)
class Run:
    """One way to run a program."""

    command: list[str]
    maker: str
    version: str = ""
    before: list[list[str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    seconds: int = 60
    from_stdout: bool = False


_COMPILED = {
    "java": ([["javac", "-d", ".", "Main.java"]], ["java", "com.acme.scores.Main"]),
    "go": ([["go", "mod", "init", "acme.com/scores"], ["go", "build", "-o", "app", "."]], ["./app"]),
    "rust": ([["rustc", "-g", "-o", "app", "main.rs"]], ["./app"]),
    "cpp": ([["g++", "-o", "app", "main.cpp"]], ["./app"]),
}
_INTERPRETED = {
    "node": ["node"],
    "ruby": ["ruby"],
    "php": ["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_log="],
}
_ASKED = {"java": ["java", "--version"], "go": ["go", "version"]}
_ENVIRON = {"rust": {"RUST_BACKTRACE": "1", "RUSTUP_HOME": str(Path.home() / ".rustup")}}


def runs(language: str, program: Path) -> Iterator[Run]:
    """Yield every way to run a program that is at hand; none when its interpreter is not here."""
    if language == "python":
        yield from _pythons(program)
    elif language == "hosts":
        yield _host(program)
    elif language == "records":
        yield _library(program)
    elif shutil.which((_COMPILED[language][0][0] if language in _COMPILED else _INTERPRETED[language])[0]):
        before, command = _COMPILED.get(language) or ([], [*_INTERPRETED.get(language, []), _main(program)])
        yield Run(command, _maker(language, before), before=before, environ=_ENVIRON.get(language, {}))


def _main(program: Path) -> str:
    return next(file.name for file in sorted(program.iterdir()) if file.is_file())


def _maker(language: str, before: list[list[str]]) -> str:
    name = before[-1][0].replace("javac", "java") if before else _INTERPRETED[language][0]
    asked = _ASKED.get(language, [name, "--version"])
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0].removeprefix("go version ").replace("v", f"{name} ", name == "node")


def _pythons(program: Path) -> Iterator[Run]:
    """Yield a run per version; a file `versions` names the first one that has what the program is about."""
    first = (program / "versions").read_text().strip() if (program / "versions").exists() else VERSIONS[0]
    for version in VERSIONS[VERSIONS.index(first) :]:
        installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        if installed:
            yield Run([str(installed[-1]), "main.py"], f"CPython {first} to {VERSIONS[-1]}", version)


def _library(program: Path) -> Run:
    """Return the run of a program in an environment of its own, with the package that its file `needs` names."""
    package = (program / "needs").read_text().strip()
    if not (ENVIRONMENT / "bin").exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    subprocess.run([ENVIRONMENT / "bin/pip", "install", "--quiet", package], check=True)
    shown = subprocess.run([ENVIRONMENT / "bin/pip", "show", package], check=True, capture_output=True, text=True)
    version = next(line.partition(": ")[2] for line in shown.stdout.splitlines() if line.startswith("Version"))
    return Run([str(ENVIRONMENT / "bin/python"), "main.py"], f"{package} {version}", from_stdout=True)


def _host(program: Path) -> Run:
    """Return the run of a file `command`: a program of this environment, and the seconds after which it is ended."""
    seconds, name, *arguments = (program / "command").read_text().split()
    maker = "CPython" if name == "python" else name
    return Run([str(BIN / name), *arguments], f"{maker} of this environment", seconds=int(seconds))
