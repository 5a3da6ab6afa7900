"""The command line, run as a team runs it: what starts its runs is listed by Google, and missed when it is deleted."""

import json

import pytest

from support.bqemulator import serving
from support.google_sdk import api, refuse
from support.processes import svcerrors
from svcerrors.warehouse import open_warehouse

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # to apply every view takes the emulator a while

JOBS = "/v1/projects/team/locations/us-west2/jobs"


def job(name):
    return {"name": f"{JOBS[4:]}/{name}", "schedule": "0 6 * * *", "timeZone": "UTC", "state": "ENABLED"}


@pytest.fixture
def lists():
    """What Google lists, by path."""
    return {
        "/v1/projects/team/locations": {"locations": [{"name": "projects/team/locations/us-west2"}]},
        JOBS: {"jobs": [job("phase1"), job("phase2"), job("svcerrors-alerts")]},
        "/v1/projects/team/subscriptions": {},
    }


@pytest.fixture
def run(lists, tmp_path):
    """Run the command line where Google is a server of ours, and BigQuery the emulator."""

    def answer(_method, place, _body):
        found = lists.get(place.partition("?")[0])
        return refuse() if found is None else (200, found)

    with serving(tmp_path) as emulator, api(answer) as (google, _):
        environ = {
            "BIGQUERY_EMULATOR_HOST": emulator,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER": google,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": google,
            "SVCERRORS_WAREHOUSE": "bigquery:team.obs",
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
            open_warehouse("bigquery:team.obs").apply()
        yield lambda *words: svcerrors(*words, cwd=tmp_path, env=environ, timeout=120)


def test_a_deleted_job_is_told_by_the_alert_job_alone(run, lists, tmp_path):
    """From Google's list to a manifest to an alert, with no list loaded by hand; a list that is refused is told."""
    seeded = run("expect", "--from-project", "team")
    (tmp_path / "runs.yaml").write_bytes(seeded.stdout)
    loaded = run("expect", "runs.yaml")
    assert (loaded.returncode, loaded.stderr) == (0, b"runs: 2 new\n"), seeded.stderr + loaded.stderr

    lists[JOBS] = {"jobs": [job("phase2"), job("svcerrors-alerts")]}
    told = run("alerts", "--emit")
    assert told.returncode == 0, told.stderr.decode()
    fired = [json.loads(line)["svcerrors"]["alert_key"] for line in told.stdout.splitlines()]
    assert [key.split(":")[0] for key in fired].count("trigger_missing") == 1
    assert any(key.endswith("jobs/phase1") for key in fired), fired

    del lists[JOBS]
    refused = run("alerts", "--emit")
    assert refused.returncode == 1
    assert b"svcerrors: projects/team/locations/us-west2/jobs cannot be listed: no; give the account" in refused.stderr
    assert b"told: nothing is due" in refused.stderr
