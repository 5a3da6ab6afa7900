"""Who, when and which: identity, times and the id of a row."""

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors.logs.values import timestamp

AT = "2026-01-25T14:00:00.123456789Z"


def record(**changes):
    (found,) = logs.parse({**entry(at=AT), "insertId": "i1", **changes})
    return found


def test_one_entry_has_one_id_however_often_and_however_it_comes():
    """Redelivered, backfilled, or through a client library that knows no nanoseconds."""
    again = {**entry(at=AT), "insertId": "i1", "receiveTimestamp": "2026-01-26T00:00:00Z"}
    (backfilled,) = logs.parse(again, source="backfill")
    assert backfilled.error_id == record().error_id
    assert backfilled.source == "backfill"
    assert record(timestamp="2026-01-25T15:00:00.123456+01:00").error_id == record().error_id


@pytest.mark.parametrize(
    "change",
    [
        {"insertId": "i2"},
        {"timestamp": "2026-01-25T14:00:00.123457Z"},
        {"logName": "projects/p/logs/other"},
        {"split": {"uid": "u", "index": 1, "totalSplits": 2}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_entry_has_another_id(change):
    assert record(**change).error_id != record().error_id


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-25T14:00:00Z", "2026-01-25T14:00:00.000000Z"),
        ("2026-01-25T14:00:00.999999999Z", "2026-01-25T14:00:00.999999Z"),
        ("2026-01-25T00:30:00.5+01:00", "2026-01-24T23:30:00.500000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-01-25 14:00:00Z", None),
        ("2026-01-25T14:00:00", None),
        ("2026-W04-7T14:00:00Z", None),
        ("٢٠٢٦-01-25T14:00:00Z", None),
        (1769349600, None),
        (None, None),
    ],
)
def test_times_are_utc_with_six_digits(written, read):
    """Further digits are cut off, as BigQuery cannot keep them; an impossible time is none."""
    assert timestamp(written) == read


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("cloud_run_revision", "service_name"),
        ("cloud_run_job", "job_name"),
        ("cloud_run_worker_pool", "worker_pool_name"),
        ("cloud_function", "function_name"),
        ("cloud_scheduler_job", "job_id"),
        ("workflows.googleapis.com/Workflow", "workflow_id"),
    ],
)
def test_the_service_is_who_the_resource_says(resource, name):
    assert record(resource={"type": resource, "labels": {name: "the-one"}}).service_name == "the-one"


def test_a_payload_cannot_choose_its_service():
    """Neither a claim in our own object nor serviceContext moves a row to another service or project."""
    claim = {"service_name": "other", "project_id": "other", "instance_id": "other", "revision": "other"}
    payload = {"serviceContext": {"service": "other"}, "svcerrors": {"kind": "error", "error_type": "E", **claim}}
    (found,) = logs.parse(entry(payload, service="own"))
    assert "other" not in found.row().values()
    assert found.service_name == "own"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("projects/p/traces/4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("projects/p/traces/'; DROP TABLE", None),
        ("", None),
        (17, None),
    ],
)
def test_a_trace_is_its_id(written, read):
    assert record(trace=written).trace == read


def test_a_url_loses_its_query_and_credentials():
    found = record(httpRequest={"requestUrl": "https://me:pw@host/run?key=1#x", "latency": "60.369159188s"})
    assert found.http_request["url"] == "https://host/run"
    assert found.http_request["latency_ms"] == 60369.159188
