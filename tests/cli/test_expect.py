"""The command line, run as a user runs it: expect."""

import json

import pytest

from support.processes import svcerrors

JOBS = "projects/my-project/locations/us-west2/jobs"
MANIFEST = f"""
runs:
  - run_name: phase1
    cron: "0 6 * * *"
    time_zone: America/New_York
    trigger_name: {JOBS}/phase1
"""


def job(name):
    return {"name": f"{JOBS}/{name}", "schedule": "0 6 * * *", "timeZone": "America/New_York", "state": "ENABLED"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a manifest and two lists, of which the later lacks a job."""
    (tmp_path / "runs.yaml").write_text(MANIFEST)
    (tmp_path / "jobs.json").write_text(json.dumps([job("phase1"), job("phase2")]))
    (tmp_path / "later.json").write_text(json.dumps([job("phase2")]))
    return tmp_path


def test_a_manifest_is_seeded_loaded_and_loaded_again(folder):
    """From the scheduler's list to expected runs in two commands; the second load has nothing to do."""
    seeded = svcerrors("expect", "--from-scheduler", "jobs.json", cwd=folder)
    (folder / "seeded.yaml").write_bytes(seeded.stdout)
    first, again = (svcerrors("expect", "seeded.yaml", cwd=folder) for _ in range(2))
    stored = svcerrors("query", "SELECT run_name, hours FROM expected_runs ORDER BY run_name", cwd=folder)

    assert (seeded.returncode, seeded.stderr) == (0, b"schedulers: 2 new\n")
    assert (first.returncode, first.stderr, again.stderr) == (0, b"runs: 2 new\n", b"runs: nothing changed\n")
    assert [json.loads(line) for line in stored.stdout.splitlines()] == [
        {"run_name": "phase1", "hours": [6]},
        {"run_name": "phase2", "hours": [6]},
    ]


def test_with_a_manifest_only_what_it_lacks_is_printed(folder):
    """So that a job that someone added is seen, and the file stays its owner's."""
    done = svcerrors("expect", "runs.yaml", "--from-scheduler", "jobs.json", cwd=folder)

    assert done.stdout.decode().count("- run_name:") == 1
    assert f"trigger_name: {JOBS}/phase2" in done.stdout.decode()


def test_what_vanished_is_told_and_found(folder):
    """--diff stores nothing and exits 3; without it the list is noted, and the same is said."""
    svcerrors("expect", "runs.yaml", "--from-scheduler", "jobs.json", cwd=folder)
    given = ("expect", "runs.yaml", "--from-scheduler", "later.json")

    differing = svcerrors(*given, "--diff", cwd=folder)
    loaded = svcerrors(*given, cwd=folder)
    after = svcerrors("expect", "--from-scheduler", "later.json", "--diff", cwd=folder)

    assert differing.returncode == 3
    assert [json.loads(line) for line in differing.stdout.splitlines()] == [
        {"of": "scheduler", "change": "vanished", "name": f"{JOBS}/phase1", "what": []},
        {"of": "run", "change": "trigger_missing", "name": "phase1", "what": [f"{JOBS}/phase1"]},
    ]
    assert loaded.stderr.decode().splitlines() == [
        "runs: nothing changed",
        "schedulers: 1 vanished",
        f"scheduler {JOBS}/phase1 has vanished since the load before",
        f"run phase1 waits for {JOBS}/phase1, which is not listed",
    ]
    assert (loaded.returncode, after.returncode, after.stdout) == (0, 0, b"")


def test_what_cannot_be_meant_stores_nothing(folder):
    """One line with file and line, exit 2, and not even an empty warehouse; also of the list beside it."""
    (folder / "runs.yaml").write_text(MANIFEST.replace("0 6", "61 6"))

    done = svcerrors("expect", "runs.yaml", "--from-scheduler", "jobs.json", cwd=folder)

    assert (done.returncode, done.stderr.decode()) == (
        2,
        "svcerrors: runs.yaml:4: '61 6 * * *' is no cron: bad minute\n",
    )
    assert not (folder / ".svcerrors").exists()


def test_nothing_to_load_says_what_to_give():
    """Exit 2."""
    done = svcerrors("expect")

    assert done.returncode == 2
    assert done.stderr.decode() == (
        "svcerrors: Give a manifest, --from-project, --from-scheduler, --from-subscriptions, or several of them. "
        "See `svcerrors expect --help`.\n"
    )
