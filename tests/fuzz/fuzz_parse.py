"""Look for a log entry that breaks the parser: it must never raise, and its rows must be bounded and strict JSON.

Usage: python tests/fuzz/fuzz_parse.py [SECONDS]; needs atheris (`pip install atheris`), and is run by hand. What it
finds becomes an entry of tests/corpus or a case of tests/logs/test_properties.py.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import atheris

CORPUS = Path(__file__).parents[1] / "corpus"
ROWS_LIMIT = 500_000
SLOW = 2.0
"""Seconds after which an entry of 256 KiB is too slow, under instrumentation."""

with atheris.instrument_imports(include=["svcerrors.logs", "svcerrors._redact", "svcerrors._fingerprint"]):
    from svcerrors import logs

TEXTS = [
    known["textPayload"]
    for file in sorted(CORPUS.glob("*/entry*.json"))
    if "textPayload" in (known := json.loads(file.read_text("utf-8")))
]
KNOWN = [json.loads(file.read_text("utf-8")) for file in sorted(CORPUS.rglob("entry.json"))]


def check(entry: Any) -> None:
    """Parse an entry."""
    began = time.perf_counter()
    rows = [record.row() for record in logs.parse(entry)]
    assert time.perf_counter() - began < SLOW, "too slow"  # atheris reports it
    assert len(json.dumps(rows, allow_nan=False, ensure_ascii=False).encode()) < ROWS_LIMIT, "too long"


def one(data: bytes) -> None:
    """Make an entry of some bytes: a known text with others spliced in, a record, an entry changed, or any JSON."""
    given = atheris.FuzzedDataProvider(data)
    known = dict(given.PickValueInList(KNOWN))
    way = given.ConsumeIntInRange(0, 3)
    if way == 0:
        check({**known, "textPayload": _spliced(given), "logName": "projects/p/logs/run.googleapis.com%2Fstderr"})
    elif way == 1:
        known.pop("textPayload", None)
        keys = ("message", "stack_trace", "error", "exception", "level", "severity", "record")
        check({**known, "jsonPayload": {key: _value(given) for key in keys if given.ConsumeBool()}})
    elif way == 2:  # the third way
        check({**known, given.PickValueInList(sorted(known)): _value(given)})
    else:
        try:
            check(json.loads(given.ConsumeUnicode(4_096)))
        except (ValueError, RecursionError):
            return


def _spliced(given: Any) -> str:
    text = given.PickValueInList(TEXTS)
    for _ in range(given.ConsumeIntInRange(0, 4)):
        at = given.ConsumeIntInRange(0, len(text))
        other = given.PickValueInList(TEXTS)
        piece = given.ConsumeUnicode(64) if given.ConsumeBool() else other[given.ConsumeIntInRange(0, len(other)) :]
        text = text[:at] + piece * given.ConsumeIntInRange(0, 50) + text[at + given.ConsumeIntInRange(0, 40) :]
    return text[:262_144]


def _value(given: Any) -> Any:
    kind = given.ConsumeIntInRange(0, 6)
    makers = (
        lambda: None,
        given.ConsumeBool,
        lambda: given.ConsumeInt(9),
        given.ConsumeFloat,
        lambda: _spliced(given),
        lambda: [_spliced(given), {"exc_type": given.ConsumeUnicode(8), "frames": [None, {"filename": 7}]}],
        lambda: {key: given.ConsumeUnicode(20) for key in ("type", "message", "stack", "name", "value", "index")},
    )
    return makers[kind]()


if __name__ == "__main__":
    seconds = sys.argv[1] if len(sys.argv) > 1 else "30"
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=2048"], one)
    atheris.Fuzz()
