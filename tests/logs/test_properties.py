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
ENTRIES = [json.loads(file.read_text("utf-8")) for file in sorted(CORPUS.rglob("entry.json"))]

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
    *PIECES,
)
HEADS = ("", 'Traceback (most recent call last):\n  File "x", line 1, in f\nValueError: ', *PIECES[:2])


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
    """As text, as a message, and as our own object."""
    for payload in (text, {"message": text}, {"svcerrors": {"kind": "error", "error_type": text, "frames": [text]}}):
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
    """256 KiB of anything is read far within the ten seconds that a push may take, and its row stays bounded."""
    text = (head + piece * (262_144 // len(piece)))[:262_144]
    began = time.perf_counter()
    found = rows(entry(text, severity="DEFAULT"))
    assert time.perf_counter() - began < 3
    assert len(json.dumps(found, ensure_ascii=False)) < 500_000


def test_a_deeply_nested_payload_is_read_or_rejected():
    deep = json.loads("[" * 900 + "]" * 900)
    rows(deep)
    rows(entry({"svcerrors": {"kind": "error", "error_type": "E", "labels": {"deep": deep}}}))
