"""Every command of the pages is run, or named among those that cannot be run here."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support import page_commands as told
from support.bqemulator import serving
from support.entries import entry
from support.processes import CLEAN, svcerrors

JOBS = "projects/my-project/locations/us-west2/jobs"
JOB = {"name": f"{JOBS}/phase1-schedule", "schedule": "0 6 * * *", "timeZone": "UTC", "state": "ENABLED"}
SUBSCRIPTION = {
    "name": "projects/my-project/subscriptions/phase3-to-phase4",
    "topic": "projects/my-project/topics/phase2-done",
    "pushConfig": {"pushEndpoint": "https://phase3-to-phase4-1234567890.us-west2.run.app/"},
}

PLACES = {"P|MY-PROJECT": "my-project", "R": "europe-west1", "MAIL": "oncall@example.com"}
"""What its reader puts in for a word in capitals."""

GCLOUD = r'gcloud logging read .*"\$\(python -m svcerrors\.logs\.filter\)" \| svcerrors ingest'
"""The one pipe from gcloud: what it would print is put in its place."""


def is_cloud(command):
    if re.fullmatch(GCLOUD, command.text):
        return False
    return told.CLOUD in command.comment or command.text.startswith(("gcloud ", "bq "))


def is_named(command):
    return any(re.fullmatch(pattern, command.text) for pattern in told.NOT_HERE)


ALL = told.commands()
LOCAL = [one for one in ALL if not is_cloud(one) and not is_named(one)]
ONCE = list({one.text: one for one in reversed(LOCAL)}.values())[::-1]
"""Each of them where a reader first meets it."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("bqemulator")) as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder as a reader of the pages has it: the examples, some logs, the lists, a manifest, an error."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(told.ROOT / "examples", folder / "examples")
    at = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%S}Z"
    logs = [entry(at=at), entry("Container called exit(1).", log="varlog%2Fsystem", severity="WARNING", at=at)]
    (folder / "log.json").write_text(json.dumps(logs))
    (folder / "jobs.json").write_text(json.dumps([JOB]))
    (folder / "subscriptions.json").write_text(json.dumps([SUBSCRIPTION]))
    (folder / "runs.yaml").write_text("runs:\n  - run_name: phase1-schedule\n    cron: 0 6 * * *\n")
    assert svcerrors("ingest", "log.json", cwd=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def fingerprint(folder):
    """Return that of the one group of errors there."""
    [group] = svcerrors("groups", "--json", cwd=folder).stdout.splitlines()
    return json.loads(group)["fingerprint"]


def filled(text, fingerprint):
    """Return a command with what its reader would put in."""
    text = re.sub(r"^gcloud .*\| ", "cat log.json | ", text)
    for name, value in PLACES.items():
        text = re.sub(rf"(?<= ){name}(?= |$)", value, text)
    text = text.replace("v1:3f2a", fingerprint).replace("FINGERPRINT", fingerprint)
    text = text.replace("build/sink", f"build/{uuid.uuid4().hex}").replace(
        "PROJECT.DATASET", f"test.d{uuid.uuid4().hex}"
    )
    values = {"fingerprint": fingerprint, "service": "scores", "revision": "scores-00001-abc", "error_id": "x"}
    return re.sub(r"(\w+)=…", lambda found: f"{found[1]}={values[found[1]]}", text)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ONCE, ids=lambda one: f"{one.page}:{one.line}")
def test_every_local_command_does_what_the_page_says(command, folder, fingerprint, request):
    """As it stands there, in a shell, with the exit code that the page names; and without a word of Python's."""
    text = filled(command.text, fingerprint)
    emulator = {"BIGQUERY_EMULATOR_HOST": request.getfixturevalue("emulator")} if "bigquery:" in text else {}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env={**CLEAN, "PATH": path, **emulator},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    expected = next((codes for pattern, codes in told.EXITS.items() if re.fullmatch(pattern, text)), (0,))
    assert done.returncode in expected, done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_that_gives_an_exit_code_names_it():
    """A reader who runs it is not left to wonder."""
    findings = [pattern for pattern, codes in told.EXITS.items() if codes == (3,)]
    silent = [one for one in LOCAL if any(re.fullmatch(p, one.text) for p in findings) and "exit 3" not in one.comment]

    assert [f"{one.page}:{one.line}" for one in silent if one.page != "docs/check-imports.md"] == []


@pytest.mark.parametrize("pattern", [*told.NOT_HERE, *told.EXITS, GCLOUD])
def test_every_exception_is_still_one(pattern):
    """What no page says any more is no exception; and one that is marked as the cloud's needs none."""
    matching = [one for one in ALL if re.fullmatch(pattern, one.text) and told.CLOUD not in one.comment]

    assert matching != []


def test_what_needs_the_cloud_says_so():
    """A command that only works there says it in its comment, so that its reader and this test know."""
    unsaid = [one for one in ALL if is_cloud(one) and told.CLOUD not in one.comment]

    assert [f"{one.page}:{one.line} {one.text}" for one in unsaid] == []


def test_the_pages_give_commands():
    """The reading finds what a person sees: were its pattern wrong, nothing would be tested."""
    texts = {one.text for one in LOCAL}

    assert {"svcerrors groups", "svcerrors expect runs.yaml", "svcerrors replay"} <= texts
    assert len(texts) > 50


BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in told.PAGES
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE), 1
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_of_python_is_python(block):
    """It can be pasted."""
    ast.parse(block)


def test_the_code_of_migrating_runs_as_it_stands(tmp_path):
    """Each block is a program; the class of the last one records what its callers give it."""
    page = (told.ROOT / "docs" / "migrating.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    blocks[-1] += (
        "ServiceErrorLogger('scores', '3').log_error(ValueError('no total'), {'game_date': '2026-01-25'}, 'warning')\n"
    )
    lines = []
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.py").write_text(block)
        done = subprocess.run(
            [sys.executable, f"{number}.py"], cwd=tmp_path, env=CLEAN, capture_output=True, check=True
        )
        lines += [json.loads(line)["svcerrors"] for line in done.stdout.splitlines()]

    assert [(line["error_type"], line["error_message"]) for line in lines] == [
        ("LoggedError", "no total for 2026-01-25"),
        ("LookupError", "no odds for 2026-01-25"),
        ("ValueError", "no total"),
    ]
    assert (lines[-1]["phase"], lines[-1]["labels"]) == ("3", {"game_date": "2026-01-25"})
