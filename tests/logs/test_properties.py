"""Whatever arrives: no exception, bounded rows, linear time."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.entries import entry
from svcerrors import logs

CORPUS = Path(__file__).parents[1] / "corpus"
ENTRIES = [json.loads(file.read_text("utf-8")) for file in sorted(CORPUS.rglob("entry*.json"))]

PIECES = (
    "Traceback (most recent call last):\n",
    "  + Exception Group Traceback (most recent call last):\n",
    "  +-+---------------- 1 ----------------\n",
    "    +------------------------------------\n",
    "  | ",
    '  File "/app/main.py", line 3, in f\n',
    '  File "/app/main.py", line 3\n',
    "    return g(x)\n",
    "  [Previous line repeated 99999999 more times]\n",
    "During handling of the above exception, another exception occurred:\n",
    "ValueError: no\n",
    "NameError: name 'x' is not defined. Did you mean: 'y'?\n",
    "ERROR:    ",
    "[2026-01-25 14:00:00 +0000] [7] [ERROR] ",
    "Exception in thread Thread-1:\n",
    "Fatal Python error: Aborted\n",
    "Current thread 0x1 (most recent call first):\n",
    '"""\n',
    "\x1b[31m",
    "\ud800",
    "\0",
    "\n",
    "password=",
    "Error: no\n",
    "    at f (/app/main.js:1:2)\n",
    "  [cause]: TypeError: x\n",
    "a.b.CException: no\n",
    "\tat a.b.C.d(C.java:1)\n",
    "Caused by: a.b.C: d\n",
    "\tSuppressed: a.b.C: d\n",
    "   at A.B.C(D e) in /src/A.cs:line 1\n",
    "   --- End of inner exception stack trace ---\n",
    " ---> A.BException: no\n",
    "panic: no\n",
    "http: panic serving 1.2.3.4:5: no\n",
    "\ngoroutine 1 [running]:\n",
    "main.f(...)\n\t/app/main.go:1 +0x1\n",
    "thread 'main' panicked at src/main.rs:1:2:\n",
    "thread 'main' panicked at 'no', src/main.rs:1:2\n",
    "   0: a::b\n             at ./src/main.rs:1:2\n",
    "main.rb:1:in `f': no (KeyError)\n",
    "\tfrom main.rb:1:in `f'\n",
    "PHP Fatal error:  Uncaught A: b in /c.php:1\nStack trace:\n",
    "#0 /a.php(1): b()\n",
    "\n\nNext A: b in /c.php:1\n",
    "Unhandled exception:\n",
    "#0      f (file:///a.dart:1:2)\n",
    "terminate called after throwing an instance of 'a'\n  what():  b\n",
    "2026-01-25 09:30:00,123 - a - ERROR - b\n",
    "E0125 09:30:00.123456 7 a.cc:1] b\n",
    'time=1 level=error msg="a" err="b"\n',
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=25).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)

RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOSTILE = (
    "^",
    "a.a.a.a.",
    'File "',
    '  File "',
    "  | ",
    "    | | ",
    "\n",
    " ",
    "=",
    "password=",
    '"""\n',
    "\x1b[",
    "\tat ",
    "    at ",
    "   at A.B(",
    "0",
    "ERROR ",
    "2026-01-25 09:30:00 ",
    "2026-01-25 09:30:00 a ",
    'a="\\',
    "level=error ",
    "Error",
    "[",
    ", line 1 in f",
    ":in ",
    "#0 a(1): b(",
    "goroutine 1 [",
    " panicked at '",
    *PIECES,
)
HEADS = (
    "",
    "Error: x\n    at f (/a.js:1:2)\n",
    "a.BException: x\n\tat a.b(A.java:1)\n",
    "panic: x\n\ngoroutine 1 [running]:\n",
    "main.rb:1:in `a': b (C)\n",
    "PHP Fatal error:  Uncaught A: ",
    "ERROR:",
    'Traceback (most recent call last):\n  File "x", line 1, in f\nValueError: ',
    *PIECES[:2],
)


def rows(anything):
    found = [record.row() for record in logs.parse(anything)]
    json.dumps(found, allow_nan=False).encode()
    return found


def paths(value, so_far=()):
    """Yield the path to every value within a value."""
    yield so_far
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*so_far, key))


def replaced(value, path, new):
    if not path:
        return new
    changed = value.copy()
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


@RELAXED
@given(JSON)
def test_any_json_is_read_or_rejected(value):
    assert all(row for row in rows(value))


@RELAXED
@given(TEXTS)
def test_any_text_is_read(text):
    """As text, as a record that holds it everywhere, and as our own object."""
    error = {"type": text, "message": text, "stack": text}
    for payload in (
        text,
        {"message": text, "level": 50, "error": error, "exception": [error]},
        {"svcerrors": {"kind": "error", "error_type": text, "frames": [text]}},
    ):
        rows(entry(payload, severity="DEFAULT"))


@RELAXED
@given(st.data())
def test_any_change_to_a_known_entry_is_read_or_rejected(data):
    known = data.draw(st.sampled_from(ENTRIES))
    path = data.draw(st.sampled_from(list(paths(known))))
    rows(replaced(known, path, data.draw(JSON)))


@pytest.mark.parametrize("head", HEADS, ids=repr)
@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_the_largest_entry_takes_no_time_and_little_room(piece, head):
    """256 KiB of anything takes far less of a processor than the ten seconds of a push, and its row stays bounded."""
    text = (head + piece * (262_144 // len(piece)))[:262_144]
    began = time.process_time()
    found = rows(entry(text, severity="DEFAULT"))
    assert time.process_time() - began < 3
    assert len(json.dumps(found, ensure_ascii=False)) < 500_000


def test_a_deeply_nested_payload_is_read_or_rejected():
    deep = json.loads("[" * 900 + "]" * 900)
    rows(deep)
    rows(entry({"svcerrors": {"kind": "error", "error_type": "E", "labels": {"deep": deep}}}))


ANYTHING = (
    None,
    True,
    7,
    7.5,
    "",
    "x",
    "\0",
    "\ud800",
    "9223372036854775808",
    -(1 << 70),
    [],
    [None],
    {},
    {"a": {}},
    "0001-01-01T00:00:00.123456789Z",
)
FIELDS = sorted({field for known in ENTRIES for field in known})


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_any_type_is_read_or_rejected(field):
    """In every kind of entry: text, record, audit, request, scheduler, workflow, our own."""
    kinds = {(known["logName"], *known): known for known in ENTRIES}
    for known in kinds.values():
        for value in ANYTHING:
            rows({**known, field: value})
        rows({key: value for key, value in known.items() if key != field})


def test_an_integer_may_be_a_text_and_a_time_may_have_nine_digits():
    """https://protobuf.dev/programming-guides/json/: int64 is a string in JSON."""
    call = {"status": "503", "requestUrl": "https://h/run", "latency": "60.369159188s"}
    (row,) = rows(entry("", log="requests", httpRequest=call, at="2026-01-25T14:00:00.123456789Z"))
    assert (row["http_request"]["status"], row["http_request"]["latency_ms"]) == (503, 60369.159188)
    assert row["error_timestamp"] == "2026-01-25T14:00:00.123456Z"
