"""A program that nobody changes: SVCERRORS_AUTO=1, and `svcerrors run`, in real interpreters."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from library.programs import CLEAN, Ended, run, run_file

ROOT = Path(__file__).parents[2]
LOADED = "import sys; print([name for name in sys.modules if name.startswith('svcerrors')])"
IMPORTS = "import shared_utils_of_nobody\n"
LOGS = """
import logging
logging.basicConfig(level=logging.INFO)
try:
    {}["game"]
except Exception:
    logging.error("no game")
logging.warning("slow")
"""

POOLS = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as threads:
    threads.submit(int, "x")
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as processes:
        processes.submit(int, "y")
"""


def told(ended):
    return [(line["svcerrors"]["mechanism"], line["svcerrors"]["error_type"]) for line in ended.records]


def started(*arguments, **env):
    done = subprocess.run(
        [sys.executable, "-m", "svcerrors", "run", *arguments],
        env={**CLEAN, **env},
        capture_output=True,
        timeout=30,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("env", [{}, {"SVCERRORS_AUTO": "0"}, {"SVCERRORS_AUTO": ""}])
def test_without_the_variable_nothing_is_imported(env):
    """Every interpreter of the environment reads the file that starts us."""
    assert run(LOADED, **env).stdout == b"[]\n"


def test_an_unchanged_program_that_cannot_import_is_a_whole_record(tmp_path):
    """The incident that began it all: no line of the program runs."""
    ended = run_file(tmp_path, IMPORTS, SVCERRORS_AUTO="1", K_SERVICE="orders")
    assert told(ended) == [("excepthook", "ModuleNotFoundError")]
    assert ended.records[0]["svcerrors"]["culprit"] == "program.py:1 in <module>"
    assert (ended.stderr, ended.returncode) == ("", 1)


def test_an_unchanged_program_that_only_logs_is_seen(tmp_path):
    """basicConfig and a bare logging.error in an except clause: the exception is recorded."""
    assert told(run_file(tmp_path, LOGS, SVCERRORS_AUTO="1")) == [("logging", "KeyError")]
    assert told(run_file(tmp_path, LOGS.replace("error", "warning"), SVCERRORS_AUTO="1")) == []
    heard = run_file(tmp_path, LOGS.replace("error", "warning"), SVCERRORS_AUTO="1", SVCERRORS_LOGGING="WARNING")
    assert told(heard) == [("logging", "KeyError")]


def test_an_unchanged_program_has_its_executors_watched(tmp_path):
    """As soon as they are imported, though it imports nothing after them; nothing is imported for that before."""
    assert sorted(told(run_file(tmp_path, POOLS, SVCERRORS_AUTO="1"))) == [
        ("multiprocessing", "ValueError"),
        ("threading", "ValueError"),
    ]
    loaded = run("import sys; print('concurrent.futures' in sys.modules)", SVCERRORS_AUTO="1")
    assert loaded.stdout == b"False\n"


def test_a_programs_own_init_keeps_the_bridge(tmp_path):
    """What the variable has switched on stays on."""
    ended = run_file(tmp_path, "import svcerrors\nsvcerrors.init('billing')\n" + LOGS, SVCERRORS_AUTO="1")
    assert told(ended) == [("logging", "KeyError")]
    assert ended.records[0]["serviceContext"] == {"service": "billing"}


def test_an_interpreter_starts_without_us(tmp_path):
    """A svcerrors that is broken costs a line on standard error, and no program."""
    broken = tmp_path / "svcerrors"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('half an installation')")
    ended = run("print('fine')", SVCERRORS_AUTO="1", PYTHONPATH=str(tmp_path))
    assert (ended.stdout, ended.returncode) == (b"fine\n", 0)
    assert "half an installation" in ended.stderr


def test_run_starts_a_program_with_us_in_it(tmp_path):
    """The program takes the place of the verb: its arguments, its exit code, its records."""
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint(sys.argv[1:], flush=True)\n" + IMPORTS)
    ended = started("--", sys.executable, str(program), "--port", "8080", K_SERVICE="orders")
    assert ended.stdout.startswith(b"['--port', '8080']\n")
    assert told(ended) == [("excepthook", "ModuleNotFoundError")]
    assert (ended.stderr, ended.returncode) == ("", 1)


@pytest.mark.parametrize(
    ("arguments", "words", "returncode"),
    [
        ((), "run needs a command", 2),
        (("--",), "run needs a command", 2),
        (("--", "/nonexistent/python"), "/nonexistent/python cannot be run: No such file or directory", 2),
    ],
)
def test_run_says_in_one_line_what_is_wrong(arguments, words, returncode):
    """Usage errors end with 2, as those of every verb."""
    ended = started(*arguments)
    assert ended.returncode == returncode
    assert ended.stderr.startswith(f"svcerrors: {words}")
    assert ended.stderr.count("\n") == 1


def test_run_needs_no_extra():
    """A service has svcerrors and structlog: the verb imports neither click nor anything of the left tower."""
    program = (
        "import sys\n"
        "for name in ('click', 'rich', 'duckdb', 'sqlglot'): sys.modules[name] = None\n"
        "import os; os.execvpe = lambda *_: None\n"
        "sys.argv = ['svcerrors', 'run', '--', 'true']\n"
        "from svcerrors import _launch; _launch.launch(sys.argv[3:])\n"
        "print([n for n in sys.modules if n.startswith(('svcerrors.ops', 'svcerrors.logs', 'svcerrors.warehouse'))])"
    )
    assert run(program).stdout == b"[]\n"
    assert b"click" not in started("--", sys.executable, "-c", "import sys; print(*sys.modules)").stdout


@pytest.mark.parametrize("build", ["build_wheel", "build_editable"])
def test_the_starter_is_in_what_pip_installs(build, tmp_path):
    """At the top of the wheel, from where it lands in site-packages, where the interpreter reads it."""
    made = subprocess.run(
        [sys.executable, "-c", f"from setuptools.build_meta import {build}; {build}({str(tmp_path)!r})"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        line = archive.read("svcerrors_auto.pth").decode()
    assert line.startswith("import os; ")
    assert line.count("\n") == 1
