"""The folder to deploy: whole in itself, proved in a fresh environment outside the checkout."""

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from support.bqemulator import serving
from support.entries import entry, push
from support.processes import SINK, post, running_sink, svcerrors
from svcerrors.warehouse import open_warehouse

LOCAL = {"duckdb", "sqlglot", "rich"}
HEAVY = {"grpcio", "pyarrow", "pandas", "numpy", "google-cloud-bigquery", "google-cloud-bigquery-storage"}
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The bundle, as `svcerrors bundle` makes it, in a folder outside the checkout."""
    folder = tmp_path_factory.mktemp("deploy") / "sink"
    done = svcerrors("bundle", str(folder), timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("emulator")) as host:
        yield host


@pytest.fixture(scope="module")
def fresh_python(bundle, tmp_path_factory):
    """A Python that holds what the bundle's requirements ask for, and nothing else."""
    home = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    install(python, bundle, check=True)
    return python


def install(python, folder, *, check):
    return subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, "--requirement", "requirements.txt"],
        cwd=folder,
        check=check,
        capture_output=True,
        text=True,
    )


def test_it_holds_what_a_deployment_needs_and_no_more(bundle):
    """Three files and the wheel that the requirements name."""
    wheel = f"svcerrors-{version('svcerrors')}-py3-none-any.whl"

    assert sorted(path.name for path in bundle.iterdir()) == [".gcloudignore", "main.py", "requirements.txt", wheel]
    assert f"./{wheel}[sink]" in (bundle / "requirements.txt").read_text().splitlines()


@pytest.mark.parametrize(("flag", "extras"), [("--job", "bigquery,cli"), ("--worker", "cli,pull,storage")])
def test_job_and_worker_have_folders_of_their_own(tmp_path, flag, extras):
    """They need the command line, which the sink does not, and say by what command they are run."""
    done = svcerrors("bundle", flag, str(tmp_path / "job"), timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    wheel = f"svcerrors-{version('svcerrors')}-py3-none-any.whl"

    assert sorted(path.name for path in (tmp_path / "job").iterdir()) == sorted(
        (".gcloudignore", "Procfile", "requirements.txt", wheel)
    )
    assert f"./{wheel}[{extras}]" in (tmp_path / "job" / "requirements.txt").read_text().splitlines()
    command = (tmp_path / "job" / "Procfile").read_text().removeprefix("web: python -m svcerrors ").split()
    assert svcerrors(*command, "--help").returncode == 0


def test_without_the_wheel_the_build_fails(bundle, tmp_path):
    """The first lock: what is absent is missed by the build, not by the function."""
    (tmp_path / "requirements.txt").write_text((bundle / "requirements.txt").read_text())

    done = install(sys.executable, tmp_path, check=False)

    assert done.returncode != 0
    assert ".whl" in done.stderr


@pytest.mark.timeout(240)
def test_in_a_fresh_environment_it_boots_and_stores_a_message(bundle, fresh_python, emulator):
    """The second lock: its requirements alone are enough to import main, take a push, and write the row."""
    environ = {"BIGQUERY_EMULATOR_HOST": emulator}
    where = "bigquery:test.bundle"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
        store = open_warehouse(where)
        store.apply()
        on_cloud_run = {**environ, "K_SERVICE": "svcerrors-sink"}
        with running_sink(where, python=fresh_python, source=bundle / "main.py", env=on_cloud_run) as url:
            status, _ = post(url, push(entry(service="deployed")))
        rows = store.query("SELECT service_name, error_type FROM service_errors_unique").rows

    assert status == 204
    assert rows == [("deployed", "ValueError")]


@pytest.mark.timeout(240)
def test_the_fresh_environment_has_no_part_of_the_local_chain(fresh_python):
    """What a function does not need, its image does not hold: no local store, and none of Google's heavy clients."""
    assert not {*LOCAL, *HEAVY} & installed(fresh_python)


@pytest.mark.timeout(240)
def test_the_storage_write_api_is_there_where_it_was_chosen(bundle, tmp_path):
    """grpc comes with this writer alone; pyarrow and pandas never."""
    folder = tmp_path / "sink"
    wheel = next(bundle.glob("*.whl"))
    done = svcerrors("bundle", str(folder), "--writer", "storage", "--wheel", str(wheel), timeout=120)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "fresh"], check=True)
    python = tmp_path / "fresh" / "bin" / "python"
    install(python, folder, check=True)

    assert done.returncode == 0, done.stderr.decode()
    assert {*LOCAL, *HEAVY} & installed(python) == {"grpcio", "google-cloud-bigquery-storage"}


def installed(python):
    listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines()}


def test_main_holds_no_logic():
    """The third lock: it imports svcerrors.sink and the standard library only, in at most forty lines."""
    text = SINK.read_text()
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [])
        + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    }

    assert imported == {"os", "svcerrors.sink"}
    assert len(text.splitlines()) <= 40
