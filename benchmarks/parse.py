"""How fast is a log entry turned into its row? Beside it the floor: json.loads of the same entry.

Counted is what the sink does with an entry that json.loads has read: `logs.parse` and `row()` of what it returns.
Times are CPU seconds, the best of many rounds; the machine's other work only ever adds to them. An entry is parsed
again and again: what is remembered of a service's everyday frames is remembered.

Usage: python benchmarks/parse.py [--write]; --write puts the table into docs/performance.md.
"""

import json
import os
import platform
import sys
import time
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from svcerrors import logs

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- parse: begin -->\n", "<!-- parse: end -->\n"

ROUNDS, SECONDS = 15, 0.04
LARGEST = 262_144
"""Bytes of a log entry at most (https://cloud.google.com/logging/quotas)."""

HEADS = (
    *("", 'Traceback (most recent call last):\n  File "x", line 1, in f\nValueError: ', "Traceback (most recent "),
    *(
        "  + Exception Group Traceback (most recent call last):\n",
        "main.rb:1:in `a': b (C)\n",
        "panic: x\n\ngoroutine ",
    ),
)
PIECES = (
    *("^", "a.a.a.a.", 'File "', '  File "', "  | ", "\n", " ", "=", "password=", '"""\n', "\x1b[", "at ", "'", "/a"),
    *('  File "/app/main.py", line 3, in f\n', "ValueError: no\n", "Traceback (most recent call last):\n", "key", "1 "),
    *(
        "Caused by: ",
        "ERROR:    ",
        "[2026-01-25 14:00:00 +0000] [7] [ERROR] ",
        "goroutine 1 [running]:\n",
        "    at a\n",
        "Unhandled exception:\n",
        "\n\nNext A: b in /c.php:1\n",
        "   0: a::b\n             at ./src/main.rs:1:2\n",
    ),
)


class Case(NamedTuple):
    """An entry, and the limit that is set for it: a multiple of the floor, or milliseconds."""

    name: str
    entry: dict[str, Any]
    most: float | None = None
    milliseconds: float | None = None


class Measured(NamedTuple):
    """Seconds per entry."""

    case: Case
    floor: float
    spent: float

    @property
    def is_met(self) -> bool:
        """Is the limit kept?"""
        case = self.case
        return not (
            (case.most and self.spent > case.most * self.floor)
            or (case.milliseconds and self.spent > case.milliseconds / 1_000)
        )


def _entry(log: str = "stderr", **payload: Any) -> dict[str, Any]:
    return {
        "insertId": "65b2005e000c5bc21d2a9f01",
        "logName": f"projects/score-line/logs/run.googleapis.com%2F{log}",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {
                "configuration_name": "phase3-to-phase4",
                "location": "europe-west1",
                "project_id": "score-line",
                "revision_name": "phase3-to-phase4-00031-vix",
                "service_name": "phase3-to-phase4",
            },
        },
        "timestamp": "2026-01-25T14:34:07.009844526Z",
        "receiveTimestamp": "2026-01-25T14:34:07.172646123Z",
        "severity": "ERROR",
        "labels": {"instanceId": "0087244a80a9f2c1d5", "goog-managed-by": "cloudfunctions"},
        **payload,
    }


def _frames(count: int = 20) -> list[dict[str, Any]]:
    hosts = ("/workspace/orchestration/step_{}.py", "/usr/local/lib/python3.11/site-packages/flask/app_{}.py")
    return [
        {
            "module": f"step_{n}",
            "function": f"handle_{n}",
            "file": hosts[n % 4 == 0].format(n),
            "line": 10 + n,
            "code": f"return self.run_step_{n}(request, weight=weights[name])",
            "in_app": n % 4 != 0,
        }
        for n in range(count)
    ]


def _traceback() -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in _frames():
        lines.append(f'  File "{frame["file"]}", line {frame["line"]}, in {frame["function"]}')
        lines += [f"    {frame['code']}", "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"]
    return "\n".join([*lines, "KeyError: 'game_id'"])


def _record() -> dict[str, Any]:
    return _entry(
        "stdout",
        trace="projects/score-line/traces/4bf92f3577b34da6a3ce929d0e0e4736",
        spanId="00f067aa0ba902b7",
        jsonPayload={
            "message": "KeyError: 'game_id'",
            "stack_trace": _traceback(),
            "serviceContext": {"service": "phase3-to-phase4", "version": "phase3-to-phase4-00031-vix"},
            "svcerrors": {
                "schema_version": 1,
                "kind": "error",
                "error_id": "0194a0f1-8f2b-7c3d-9e4f-5a6b7c8d9e0f",
                "error_type": "KeyError",
                "error_message": "'game_id'",
                "error_category": "processing_error",
                "fingerprint": "v1:0123456789abcdef",
                "culprit": "orchestration/step_19.py:29 in handle_19",
                "frames": _frames(),
                "handled": False,
                "mechanism": "decorator",
                "occurrences": 1,
                "labels": {"game_date": "2026-01-25"},
            },
        },
    )


def _hostile() -> Iterator[dict[str, Any]]:
    for head in HEADS:
        for piece in PIECES:
            yield _entry(textPayload=(head + piece * LARGEST)[:LARGEST])


def _cases() -> Iterator[Case]:
    yield Case("traceback of 20 frames", _entry(textPayload=_traceback()), most=12)
    yield Case("record of the library, 20 frames", _record(), most=4)
    exit_1 = _entry("varlog%2Fsystem", textPayload="Container called exit(1).")
    yield Case("line of the platform", exit_1)
    info = _entry("stdout", severity="INFO", textPayload="scored 812 games in 2.4 s")
    yield Case("no failure", info)
    worst = max(_hostile(), key=lambda one: min(timeit.repeat(lambda: _work(one), number=1, repeat=2)))
    text = worst["textPayload"]
    yield Case(f"worst 256 KiB: {text[:12]!r} … {text[-12:]!r}", worst, milliseconds=30)


def _work(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [record.row() for record in logs.parse(entry)]


def _best(work: Callable[[], Any]) -> float:
    once = timeit.timeit(work, number=1)
    number = max(1, int(SECONDS / max(once, 1e-7)))
    return min(timeit.repeat(work, timer=time.process_time, number=number, repeat=ROUNDS)) / number


def measure() -> list[Measured]:
    """Measure every case."""
    found = []
    for case in _cases():
        raw = json.dumps(case.entry)
        found.append(Measured(case, _best(lambda raw=raw: json.loads(raw)), _best(lambda one=case.entry: _work(one))))
    return found


def _table(rows: list[Measured]) -> str:
    lines = ["| entry | entries/s per core | µs | json.loads, µs | ratio | limit | |", "|---|--:|--:|--:|--:|---|---|"]
    for row in rows:
        case = row.case
        limit = f"{case.most} times the floor" if case.most else f"{case.milliseconds} ms" if case.milliseconds else ""
        lines.append(
            f"| {case.name} | {1 / row.spent:,.0f} | {row.spent * 1e6:,.1f} | {row.floor * 1e6:,.1f} "
            f"| {row.spent / row.floor:.1f} | {limit} | {'kept' if row.is_met else 'MISSED'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked to."""
    found = f"Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f}.\n\n{_table(measure())}"
    print(found)
    if "--write" in sys.argv:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{found}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
