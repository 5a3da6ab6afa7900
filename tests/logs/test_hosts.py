"""The founding failure, as each host of Python services really writes it: a bundle that lacks a package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.entries import entry
from svcerrors import logs

BIN = Path(sys.executable).parent

BUNDLE = {
    "main.py": """
from shared.utils.bigquery_utils import insert

def handle(request):
    return insert(request)
""",
    "shared/__init__.py": "",
    "shared/utils/__init__.py": "",
    "shared/utils/bigquery_utils.py": """
import json
from shared.utils.retry_with_jitter import retry
""",
}

COMMANDS = {
    "functions-framework": ["functions-framework", "--source", "main.py", "--target", "handle", "--port", "0"],
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket", "main:handle"],
    "uvicorn": ["uvicorn", "--port", "0", "main:handle"],
    "python": ["python", "main.py"],
}


def stderr_of(command, folder):
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr


def rows(text):
    return logs.parse(entry(text, severity="DEFAULT"))


@pytest.fixture
def bundle(tmp_path):
    for name, content in BUNDLE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path


@pytest.mark.parametrize("host", COMMANDS)
def test_a_bundle_without_a_package_says_which_and_who_asked(host, bundle):
    """The whole of stderr as one entry: the type, the missing module and the line that asked for it."""
    (record,) = rows(stderr_of(COMMANDS[host], bundle))
    assert record.error_type == "ModuleNotFoundError"
    assert record.error_message.startswith("No module named 'shared.utils.retry_with_jitter'")
    assert record.culprit == "shared/utils/bigquery_utils.py:3 in <module>"
    assert record.error_category == "configuration_error"
    assert [frame.function for frame in record.frames if frame.in_app] == ["<module>", "<module>"]


def test_every_host_gives_the_same_fingerprint(bundle):
    found = {rows(stderr_of(COMMANDS[host], bundle))[0].fingerprint for host in COMMANDS}
    assert len(found) == 1


def test_gunicorn_line_by_line_gives_the_error_and_that_the_worker_failed(bundle):
    """Each line an entry of its own: the last line of the traceback, and the two lines of the arbiter."""
    lines = stderr_of(COMMANDS["gunicorn"], bundle).splitlines()
    found = [record for line in lines for record in rows(line)]
    assert [(record.error_type, record.is_fragment) for record in found] == [
        ("ModuleNotFoundError", True),
        ("WorkerFailedToBoot", None),
        ("WorkerFailedToBoot", None),
    ]


@pytest.mark.parametrize("host", ["gunicorn", "uvicorn"])
def test_an_application_that_is_not_there(host, tmp_path):
    (tmp_path / "main.py").write_text("")
    lines = stderr_of(COMMANDS[host], tmp_path).splitlines()
    assert "AppImportError" in {record.error_type for line in lines for record in rows(line)}
