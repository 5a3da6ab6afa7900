import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcerrors._chain import Cause, Description, describe
from svcerrors._frames import Frame
from svcerrors._ids import Trace
from svcerrors._jsonable import jsonable
from svcerrors._line import Call
from svcerrors._payload import Occurrence, build
from svcerrors._runtime import Runtime
from svcerrors._schema import tables
from svcerrors._trim import LIMIT, encode

SEEN = Occurrence(
    error_id="01a20f52-36f7-7c1c-8c8b-98ea4aa532ed",
    time_ns=1_769_299_200_123_456_789,
    severity="ERROR",
    error_category="processing_error",
    fingerprint="v1:0",
    handled=False,
    mechanism="decorator",
    labels={},
)
FULL = build(
    Description(
        "KeyError",
        "'k'\nmore",
        (Frame("/workspace/main.py", 3, "handler", "main", "x[k]"),),
        (Cause("E", "m", "cause"),),
        "text",
        "c",
    ),
    SEEN.but(labels={"phase": 3, "processor_name": "p", "correlation_id": "c", "game_date": "d"}, internal_error="E"),
    Call(Trace("t", "s", sampled=False), "ex", {"requestMethod": "GET"}, {"id": "1"}),
    Runtime("orders", "rev", "p", "rel", "env", "exec", 0),
)


def test_every_key_is_a_column():
    """`svcerrors` names what it holds as the table does, schema_version and kind first."""
    columns = {column.name for column in tables()["service_errors"].columns}
    own = list(FULL["svcerrors"])
    assert own[:2] == ["schema_version", "kind"]
    assert set(own) - columns == {"kind", "internal_error"}


def test_nothing_is_said_twice():
    """What Cloud Logging lifts is not repeated."""
    assert not set(FULL["svcerrors"]) & {"severity", "stack_trace", "trace", "span_id", "http_request", "service_name"}


def test_the_lifted_keys():
    """As Cloud Logging and Error Reporting read them."""
    assert {key: value for key, value in FULL.items() if key != "svcerrors"} == {
        "severity": "ERROR",
        "time": "2026-01-25T00:00:00.123456Z",
        "message": "KeyError: 'k'",
        "stack_trace": "text",
        "serviceContext": {"service": "orders", "version": "rev"},
        "logging.googleapis.com/trace": "projects/p/traces/t",
        "logging.googleapis.com/spanId": "s",
        "logging.googleapis.com/trace_sampled": False,
        "logging.googleapis.com/labels": {"execution_id": "ex"},
        "logging.googleapis.com/sourceLocation": {"file": "/workspace/main.py", "line": "3", "function": "handler"},
        "httpRequest": {"requestMethod": "GET"},
    }


def test_a_key_without_a_value_is_absent():
    """But for the columns that every row has."""
    bare = build(Description("KeyError"), SEEN, Call(), Runtime())
    assert list(bare) == ["severity", "time", "message", "svcerrors"]
    assert bare["svcerrors"] == {
        "schema_version": 1,
        "kind": "error",
        "error_id": SEEN.error_id,
        "error_type": "KeyError",
        "error_message": "",
        "error_category": "processing_error",
        "fingerprint": "v1:0",
        "handled": False,
        "mechanism": "decorator",
        "occurrences": 1,
    }


def test_a_usual_line_is_short():
    """Up to 4 KiB a pipe takes it in one piece, from many processes too."""
    try:
        json.loads("{")
    except ValueError as exc:
        line = encode(build(describe(exc), SEEN, Call(), Runtime("orders")))
    assert len(line) < 4_096


def long(frames=0, labels=0, causes=0, stack=0, message=0):
    """Return a payload whose parts are as long as said."""
    frame = Frame("/workspace/main.py", 1, "f" * 400, code="c" * 200)
    return build(
        Description(
            "KeyError",
            "m" * message,
            (frame,) * frames,
            tuple(Cause("E", "c" * 8_000, "cause") for _ in range(causes)),
            "s" * stack,
        ),
        SEEN.but(labels={f"l{n}": "l" * 1_000 for n in range(labels)}),
        Call(),
        Runtime(),
    )


@pytest.mark.parametrize(
    ("payload", "lost", "kept"),
    [
        (long(frames=160), "code", "frames"),
        (long(frames=200, labels=10), "code", "labels"),
        (long(frames=20, labels=110), "labels", "error_message"),
        (long(labels=20, causes=14), "causes", "error_message"),
    ],
)
def test_a_long_line_is_cut_in_order(payload, lost, kept):
    """Source lines first, then frames, labels and causes; it says that it was cut."""
    line = encode(payload)
    own = json.loads(line)["svcerrors"]
    assert len(line) <= LIMIT
    assert own["truncated"] is True
    assert lost not in own
    assert all(lost not in frame for frame in own.get("frames", []))
    assert kept in own


def test_the_stack_and_the_message_are_cut_last():
    """The stack loses its middle, the message its tail."""
    payload = json.loads(encode(long(stack=300_000)))
    assert payload["stack_trace"][:1_000] + payload["stack_trace"][-3_000:] == "s" * 4_000
    payload = json.loads(encode(long(stack=300_000, message=200_000)))
    assert len(payload["svcerrors"]["error_message"]) == 1_000


texts = st.text(st.characters(codec=None), max_size=200) | st.sampled_from(
    ["\u2028", "\ud800" * 300, "\U0001f600" * 9_000, "\n{"]
)


@settings(max_examples=60, deadline=None)
@given(
    name=texts,
    message=texts,
    function=texts,
    repeats=st.integers(0, 120),
    labels=st.dictionaries(texts, texts, max_size=60),
)
def test_any_error_is_one_strict_bounded_line(name, message, function, repeats, labels):
    """It decodes to the same type and message."""
    frames = tuple(Frame("/workspace/main.py", 1, function[:500], None, message[:200]) for _ in range(repeats))
    error = Description(
        name[:500], message[:8_192], frames, (Cause(name[:500], message[:8_192], "cause"),) * 10, message * 20
    )
    line = encode(build(error, SEEN.but(labels=jsonable(labels)), Call(), Runtime()))
    own = json.loads(line)["svcerrors"]
    assert len(line) <= LIMIT
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert error.error_type.startswith(own["error_type"])
    assert error.error_message.startswith(own["error_message"])
    assert own.get("truncated") or (own["error_type"], own["error_message"]) == (error.error_type, error.error_message)
