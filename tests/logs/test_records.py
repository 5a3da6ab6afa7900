"""A record is a row of its table, and nothing but JSON values."""

import json
from dataclasses import fields

import pytest

from support.entries import entry
from svcerrors import _schema, logs

STAMPS = {"inserted_at", "members", "rejected_at"}

OWN = {"svcerrors": {"kind": "error", "error_type": "KeyError", "labels": {"day": 1}}}
ANSWERED = {
    "httpRequest": {"status": 200, "userAgent": "Google-Cloud-Scheduler", "latency": "0.25s"},
    "textPayload": "",
}


@pytest.mark.parametrize("record", [logs.ErrorRecord, logs.RunRecord, logs.Rejected], ids=lambda record: record.table)
def test_the_fields_are_the_columns_of_the_table(record):
    """In the schema's order, without what whoever stores the row adds: its stamp, and the rows that it joins."""
    columns = [column.name for column in _schema.tables()[record.table].columns]
    assert [field.name for field in fields(record)] == [name for name in columns if name not in STAMPS]


@pytest.mark.parametrize(
    ("given", "table"),
    [
        (entry(), "service_errors"),
        (entry(OWN), "service_errors"),
        (entry(log="requests", **ANSWERED), "service_runs"),
        ("no object", "service_errors_rejected"),
    ],
    ids=["text", "own", "run", "rejected"],
)
def test_a_row_is_json_and_has_every_required_column(given, table):
    (record,) = logs.parse(given)
    row = json.loads(json.dumps(record.row(), allow_nan=False))
    assert record.table == table
    required = {column.name for column in _schema.tables()[table].columns if column.mode == "REQUIRED"}
    assert {name for name in required - STAMPS if row[name] is None} == set()


def test_json_columns_are_text_and_frames_say_whose_they_are():
    """`labels` is JSON text; `in_app` stands in each frame."""
    (own,) = logs.parse(entry(OWN))
    (text,) = logs.parse(entry())
    assert own.row()["labels"] == '{"day": 1}'
    assert [frame["in_app"] for frame in text.row()["frames"]] == [True, True]


def test_what_is_rejected_keeps_its_bytes():
    rejected = logs.reject(b"\xff\x00", "not JSON", message_id="7", attributes={"a": "b"}, source="live")
    assert rejected.row() == {
        "reason": "not JSON",
        "raw": "/wA=",
        "message_id": "7",
        "attributes": '{"a": "b"}',
        "source": "live",
    }
