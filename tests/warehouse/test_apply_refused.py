"""`apply` where it may not: one line that says what to do next, and nothing half made."""

import pytest

from support.google_sdk import api
from svcerrors._errors import WarehouseError
from svcerrors.warehouse import open_warehouse


def refused(status, reason, message):
    return status, {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


REFERENCE = {"projectId": "team", "datasetId": "obs", "tableId": "service_runs"}
ABSENT = refused(404, "notFound", "Not found: Dataset team:obs")
DENIED = refused(403, "accessDenied", "Access Denied: Project team: User does not have bigquery.jobs.create permission")


def without_rights(_place):
    """Answer as a dataset does that may be looked at by no one."""
    return refused(403, "accessDenied", "Access Denied: Dataset team:obs: Permission bigquery.datasets.get denied")


def without_jobs(place):
    """Answer as a project does in which tables may be made, and no query be run."""
    return DENIED if place.partition("?")[0].endswith("/jobs") else ABSENT


def of_no_project(place):
    """Answer as BigQuery does for a project that nobody has."""
    return refused(404, "notFound", "Not found: Project team") if place.partition("?")[0].endswith("/jobs") else ABSENT


def of_another_shape(place):
    """Answer as a dataset does that holds one table of ours, with columns of its own."""
    if place.partition("?")[0].endswith("/tables/service_runs"):
        fields = [{"name": "run", "type": "STRING", "mode": "REQUIRED"}]
        return 200, {"type": "TABLE", "schema": {"fields": fields}, "tableReference": REFERENCE}
    return (
        ABSENT
        if "/tables/" in place or "/routines/" in place
        else (200, {"datasetReference": {"projectId": "team", "datasetId": "obs"}})
    )


CASES = {
    without_rights: "give this account roles/bigquery.dataEditor on the dataset, roles/bigquery.jobUser on the project",
    without_jobs: "give this account roles/bigquery.dataEditor on the dataset, roles/bigquery.jobUser on the project",
    of_no_project: "is the project's name right, and are you in it? gcloud projects list",
    of_another_shape: "nothing was changed",
}


@pytest.mark.parametrize(("answer", "told"), CASES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_it_says_what_to_do_and_makes_nothing(monkeypatch, answer, told):
    """No request that would create, change or delete anything went out before the refusal."""
    with api(lambda _method, place, _body: answer(place)) as (host, asked):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", host)
        with pytest.raises(WarehouseError) as caught:
            open_warehouse("bigquery:team.obs").apply()

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [(method, place) for method, place, _ in asked if method != "GET" and not _is_query(place)] == []
    assert asked


def _is_query(place):
    return place.partition("?")[0].endswith(("/jobs", "/queries"))
