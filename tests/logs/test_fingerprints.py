"""One error has one fingerprint, wherever and however it was built, run and told; each version's values are pinned."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.entries import entry
from svcerrors import logs
from svcerrors._fingerprint import VERSION, fingerprint

CORPUS = Path(__file__).parents[1] / "corpus"

TEXT = """Traceback (most recent call last):
  File "/workspace/main.py", line 7, in handler
    return total(request)
           ^^^^^^^^^^^^^^
  File "/workspace/shared/sums.py", line 3, in total
    return [weight[name] for name in names]
            ~~~~~~^^^^^^
  File "/usr/local/lib/python3.12/site-packages/frozendict/__init__.py", line 9, in __getitem__
    return self._data[key]
KeyError: 'game 0022500561'"""

# What may differ between two tellings of one error, as a change to its text.
SAME = {
    "line numbers": lambda text: re.sub(r"line \d+", "line 77", text),
    "no carets, as before Python 3.11": lambda text: re.sub(r"\n +[~^]+", "", text),
    "an inlined comprehension": lambda text: text.replace(
        "    return [w", '    return [w\n  File "/workspace/shared/sums.py", line 3, in <listcomp>\n    return [w'
    ),
    "another root": lambda text: text.replace("/workspace/", "/srv/build-2f9c1a/"),
    "another Python": lambda text: text.replace("python3.12", "python3.9"),
    "another value": lambda text: text.replace("game 0022500561", "game 0022500999"),
    "other code on the line": lambda text: text.replace("total(request)", "total(request, date='2026-01-25')"),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "colours": lambda text: text.replace('"/workspace/main.py"', '\x1b[35m"/workspace/main.py"\x1b[0m'),
    "a log line before it": lambda text: f"[2026-01-25 14:03:07 +0000] [7] [ERROR] Error handling request /\n{text}",
}


def told(text, **more):
    (record,) = logs.parse(entry(text, **more))
    return record


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_does_not_change_it(change):
    """None of it makes another group."""
    assert change(TEXT) != TEXT
    assert told(change(TEXT), severity="DEFAULT").fingerprint == told(TEXT).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no row at 0x7f64c0130860", "no row at 0x55d0a1b2c3d4"),
        ("order 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 is late", "order 0194a0f1-8f2b-7c3d-9e4f-5a6b7c8d9e0f is late"),
        ("no games on 2026-01-25", "no games on 2025-11-03"),
        ("no games at 09:30:00.123", "no games at 23:59:59.7"),
        ("cannot open '/tmp/x/a.csv'", 'cannot open "/var/b.parquet"'),
        ("cannot open /tmp/x1/weights.csv", "cannot open /srv/build-7/data/weights.csv"),
        ("build 2f9c1a7 took 17 s", "build 9d0e0e4 took 3 s"),
    ],
)
def test_what_does_not_change_it_where_no_frame_is_the_teams(one, other):
    """There the words decide: without addresses, ids, dates, times, quoted values, folders and numbers."""
    fingerprints = {told(f"ValueError: {said}").fingerprint for said in (one, other)}
    logged = {told(f"ERROR:scores:{said}", severity="DEFAULT").fingerprint for said in (one, other)}
    assert len(fingerprints) == len(logged) == 1
    assert fingerprints != logged


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9_999), st.from_regex(r"[0-9a-f]{12}", fullmatch=True), st.uuids(), st.dates())
def test_no_number_id_or_date_changes_it(line, address, uuid, date):
    """Whatever they are."""
    text = TEXT.replace("line 7", f"line {line}").replace("game 0022500561", f"0x{address} {uuid} {date}")
    assert told(text).fingerprint == told(TEXT).fingerprint
    words = told(f"ValueError: row {line} of {uuid} at 0x{address} on {date}")
    other = told("ValueError: row 1 of 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 at 0x1 on 2026-01-25")
    assert words.fingerprint == other.fingerprint


def test_a_record_and_its_text_share_it():
    """The sink takes the library's own; it is what the sink would have said."""
    text = told(TEXT)
    frames = [frame | {"module": "m"} for frame in text.row()["frames"]]
    error = {"kind": "error", "error_type": "KeyError", "error_message": "'another'", "frames": frames}
    (record,) = logs.parse(entry({"svcerrors": error}))
    assert record.fingerprint == text.fingerprint


# What each version gave, for ever: rows of the last 400 days bear these. A change of the algorithm is a new VERSION and
# a new column here; a group that was known under the old value is then found by both.
PINNED = {
    "v1": {
        "a01_import_failure_in_one_blob": "v1:48ef4819f09c7109",
        "a05_chain_in_one_blob": "v1:2e30cc33e9c33c3b",
        "a13_group_of_one": "v1:8243c5771b0c9bb0",
        "a17_no_module_named": "v1:9f9beaab455eb89d",
        "b20_container_exit": "v1:0df3753760a59f29",
        "e_line_logging_basic_config": "v1:2eff4a6b9a0a0801",
        "f41_node_type_error": "v1:7ec32bec55e1bdee",
        "f43_java_chain": "v1:ded4fe52fba4e518",
    }
}


def fingerprints(names):
    entries = {name: json.loads((CORPUS / name / "entry.json").read_text("utf-8")) for name in names}
    return {name: logs.parse(one)[0].fingerprint for name, one in entries.items()}


def test_this_version_gives_what_it_always_gave():
    """Without a new VERSION no value may change: every group would begin anew."""
    assert fingerprints(PINNED[VERSION]) == PINNED[VERSION]


def test_another_version_would_be_another_fingerprint(monkeypatch):
    """The version is a part of the value: no group of one version can be taken for one of the other."""
    monkeypatch.setattr("svcerrors._fingerprint.VERSION", "v2")
    assert fingerprint("KeyError", (), "x").startswith("v2:")
    assert not set(fingerprints(PINNED["v1"]).values()) & set(PINNED["v1"].values())
