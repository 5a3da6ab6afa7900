"""The text of an exception gives what the library records of the same exception."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from logs.raised import PROGRAMS
from support.entries import entry
from svcerrors import logs

VERSIONS = ("3.11", "3.12", "3.13")


@cache
def interpreter(version):
    if version == "{}.{}".format(*sys.version_info):
        return sys.executable
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    found = next(iter(installed), None) or shutil.which(f"python{version}")
    if not found:
        pytest.skip(f"no python{version} here")
    return found


def die(python, folder, files, *, first="import describing\n", **env):
    """Run a program to its end; return what it wrote on stdout and on stderr."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((first if name == "main.py" else "") + content)
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(logs.__file__).parents[2])])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **env}
    done = subprocess.run(
        [python, folder / "main.py"], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stderr
    return done.stdout, done.stderr


def read(text):
    (record,) = logs.parse(entry(text, severity="DEFAULT"))
    return record


def as_told(record):
    return {
        "error_type": record.error_type,
        "error_message": record.error_message,
        "culprit": record.culprit,
        "fingerprint": record.fingerprint,
        "causes": [list(vars(cause).values()) for cause in record.causes],
        "frames": [[frame.file, frame.line, frame.function, frame.code] for frame in record.frames],
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_gives_what_the_record_says(name, version, tmp_path):
    """Type, message, culprit, fingerprint, causes and frames are equal; the record's own text gives them too."""
    stdout, stderr = die(interpreter(version), tmp_path, PROGRAMS[name])
    recorded = json.loads(stdout)
    own_text = recorded.pop("stack_trace")
    assert as_told(read(stderr)) == recorded
    assert read(stderr).is_fragment is False
    assert read(own_text).fingerprint == recorded["fingerprint"]
