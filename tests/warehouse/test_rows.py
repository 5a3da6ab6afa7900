"""What a table takes, before any store is asked."""

import pytest

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import tables
from svcerrors.warehouse._rows import accept


def test_nulls_say_nothing(error):
    """A null is the same as no value, for a list too."""
    row = error()
    assert accept(tables()["service_errors"], [{**row, "trace": None, "frames": None}]) == [row]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"error_id": 7}, "error_id holds no STRING"),
        ({"error_message": "\ud800"}, "error_message holds no STRING"),
        ({"service_name": None}, "service_name is required"),
        ({"colour": "red"}, "there is no column colour"),
        ({"occurrences": True}, "occurrences holds no INT64"),
        ({"occurrences": 2**63}, "occurrences holds no INT64"),
        ({"occurrences": "1"}, "occurrences holds no INT64"),
        ({"handled": 1}, "handled holds no BOOL"),
        ({"labels": {"a": 1}}, "labels holds no JSON"),
        ({"labels": '{"a": NaN}'}, "labels holds no JSON"),
        ({"labels": "{"}, "labels holds no JSON"),
        ({"error_timestamp": "2026-01-25"}, "error_timestamp holds no TIMESTAMP"),
        ({"error_timestamp": "2026-01-25T14:02:03"}, "error_timestamp holds no TIMESTAMP"),
        ({"error_timestamp": "2026-01-25T14:02:03.123456789Z"}, "error_timestamp holds no TIMESTAMP"),
        ({"error_timestamp": "2026-02-30T14:02:03Z"}, "error_timestamp holds no TIMESTAMP"),
        ({"error_timestamp": "0001-01-01T00:00:00+05:00"}, "error_timestamp holds no TIMESTAMP"),
        ({"frames": {"line": 1}}, "frames holds no list"),
        ({"frames": ["x"]}, "frames holds no RECORD"),
        ({"frames": [{"line": 1}, {"line": 1.5}]}, "frames: line holds no INT64"),
        ({"http_request": {"latency_ms": float("inf")}}, "http_request: latency_ms holds no FLOAT64"),
        ({"http_request": {"verb": "GET"}}, "http_request: there is no column verb"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(error, columns, fault):
    """The whole call is refused; the row and the column are named."""
    with pytest.raises(WarehouseRefused) as caught:
        accept(tables()["service_errors"], [error(), error(**columns)])
    assert str(caught.value) == f"service_errors, row 2 of 2: {fault}"


def test_bytes_are_base64():
    """Text that is no base64 is not guessed at."""
    with pytest.raises(WarehouseRefused, match="raw holds no BYTES"):
        accept(
            tables()["service_errors_rejected"], [{"rejected_at": "2026-01-25T00:00:00Z", "reason": "r", "raw": "ä"}]
        )
