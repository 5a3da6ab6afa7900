"""Side by side, in one run: a naive sink, ours under functions-framework, ours under uvicorn, ours as a pull worker.

Each is given the same pushes by 1, 20, 80 and 250 connections; behind each stands a BigQuery of our own that answers
insertAll after 30 ms (sink_store.py). Usage: python benchmarks/sink.py [--seconds 4] [--write]; --write puts the table
into docs/performance.md. Exits 1 when a limit is missed.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from page import write
from pull_load import serve
from sink_load import Load, run
from sink_process import NAIVE, SINKS, STORE, WORKERS, cpu, running

from svcerrors.ops.local.ports import free_port

CONNECTIONS = (1, 20, 80, 250)
WARM_UP = 1.0

TIMES_NAIVE = {
    ("ours, functions-framework", 1): 0.97,  # no slower: so much two runs of one sink differ
    ("ours, functions-framework", 80): 2.0,
    ("ours, uvicorn", 250): 4.0,
}
"""Limits: at least so many times the pushes of a second of the naive sink."""

TAIL = 3.0
"""The limit of each sink of ours: p99 at most so many times p50."""


class Measured(NamedTuple):
    """What a sink did under load, the CPU seconds that it took, and the insertAll calls that it made."""

    load: Load
    cpu: float
    calls: int


class Row(NamedTuple):
    """One line of the table."""

    name: str
    connections: int
    measured: Measured
    times_naive: float

    @property
    def limits(self) -> dict[str, bool]:
        """Return its limits, and of each whether it is kept."""
        if self.name == NAIVE:
            return {}
        least = TIMES_NAIVE.get((self.name, self.connections))
        rate = {f"{least:g} x naive": self.times_naive >= least} if least else {}
        return {**rate, f"p99 {TAIL:g} x p50": self.tail <= TAIL}

    @property
    def tail(self) -> float:
        """Return how many times p50 p99 is."""
        return self.measured.load.percentile(0.99) / self.measured.load.percentile(0.5)

    def __str__(self) -> str:
        """Return it as a line of Markdown."""
        load, spent, calls = self.measured
        thousands = len(load.latencies) / 1_000
        verdict = "" if not self.limits else "kept" if all(self.limits.values()) else "MISSED"
        return (
            f"| {self.name} | {self.connections} | {load.rate:.0f} | {self.times_naive:.2f} | "
            f"{load.percentile(0.5):.0f} | {load.percentile(0.99):.0f} | {self.tail:.1f} | {spent / thousands:.2f} | "
            f"{calls / thousands:.0f} | {load.refused} | {', '.join(self.limits)} | {verdict} |"
        )


def measure(name: str, connections: int, seconds: float) -> Measured:
    """Measure one sink under load."""
    with contextlib.ExitStack() as ending:
        store, sink = free_port(), free_port()
        ending.enter_context(running([*STORE, str(store)], store))
        environ = {
            "SVCERRORS_WAREHOUSE": "bigquery:p.d",
            "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{store}",
            "SVCERRORS_CONCURRENCY": str(max(80, connections)),
            "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{sink}",
        }
        if name in SINKS:
            process = ending.enter_context(running([*SINKS[name], str(sink)], sink, environ))
            run(sink, connections, WARM_UP)
            before = cpu(process.pid), _calls(store)
            load = run(sink, connections, seconds)
        else:
            process = ending.enter_context(running(WORKERS[name], None, environ))
            noted: list[tuple[float, int]] = []
            begin = partial(lambda group: noted.append((cpu(group), _calls(store))), process.pid)
            load = asyncio.run(serve(sink, connections, WARM_UP, seconds, begin))
            [before] = noted
        return Measured(load, cpu(process.pid) - before[0], _calls(store) - before[1])


def _calls(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return int(answer.read())


def rows(seconds: float) -> Iterator[Row]:
    """Measure every sink under every load."""
    for connections in CONNECTIONS:
        naive = measure(NAIVE, connections, seconds)
        yield Row(NAIVE, connections, naive, 1.0)
        for name in (*SINKS, *WORKERS):
            if name != NAIVE:
                found = measure(name, connections, seconds)
                yield Row(name, connections, found, found.load.rate / naive.load.rate)


def table(found: list[Row]) -> str:
    """Return what was measured as a table."""
    names = "sink | connections | pushes/s | x naive | p50 ms | p99 ms | p99 ÷ p50 | CPU s per 1,000"
    names += " | insertAll calls per 1,000 | refused | limit | "
    return "\n".join([f"| {names} |", f"|{'---|' * (names.count('|') + 1)}", *map(str, found)])


def missed(found: list[Row]) -> Iterator[str]:
    """Yield the limits that were missed."""
    for row in found:
        for limit, is_kept in row.limits.items():
            if not is_kept:
                yield f"missed: {row.name} at {row.connections}: {limit}"


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} CPUs shared with the load and the stand-in, Python {platform.python_version()}"
    busy = f"load average before the run {os.getloadavg()[0]:.1f}"
    found = []
    for row in rows(given.seconds):
        found.append(row)
        print(row, flush=True)
    if given.write:
        write("sink", f"{machine}; {busy}; {given.seconds:g} s each.\n\n{table(found)}")
    sys.exit("; ".join(missed(found)) or 0)


if __name__ == "__main__":
    main()
