"""The sink under load for ten minutes: is its memory flat? And before that, in turns: does 1 % of junk slow it?

80 connections push, each when its former push is acknowledged, into a BigQuery of our own that answers after 30 ms.
Usage: python benchmarks/soak.py [--minutes 10] [--server uvicorn] [--write]; --write puts the table into
docs/performance.md. Exits 1 when a push was refused, junk is missing from the quarantine, or the memory grew.
"""

import argparse
import contextlib
import json
import os
import platform
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from page import write
from sink_load import Load, run
from sink_process import SINKS, STORE, cpu, running

from svcerrors.ops.local.ports import free_port

CONNECTIONS = 80
TUNED = {"GLIBC_TUNABLES": "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0"}
"""As `deploy.sh` has it."""

JUNK_EVERY = 100
TURNS, TURN = 5, 6.0
"""How often with and without junk, and for how many seconds each."""

GROWTH = 1.02
"""Memory of the last third of the minutes over that of the middle third; the first third warms up."""


class Minute(NamedTuple):
    """One minute under load; memory in MB."""

    load: Load
    cpu: float
    rss: float
    threads: int
    files: int


@contextlib.contextmanager
def sink(server: str) -> Iterator[tuple[int, int]]:
    """Run a sink and its store; yield its process group and port."""
    store, port = free_port(), free_port()
    environ = {"SVCERRORS_WAREHOUSE": "bigquery:p.d", "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{store}", **TUNED}
    command = [*SINKS[f"ours, {server}"], str(port)]
    with running([*STORE, str(store)], store):  # noqa: SIM117  # it outlives the sink
        with running(command, port, environ) as process:
            yield process.pid, port


def turns(port: int) -> tuple[list[Load], list[Load]]:
    """Return loads without junk and with it, taken in turns."""
    pairs = [(run(port, CONNECTIONS, TURN), run(port, CONNECTIONS, TURN, JUNK_EVERY)) for _ in range(TURNS)]
    return [clean for clean, _ in pairs], [junk for _, junk in pairs]


def minute(group: int, port: int) -> Minute:
    """Push for a minute, and look at the sink's processes then."""
    before = cpu(group)
    load = run(port, CONNECTIONS, 60.0, JUNK_EVERY)
    processes = [path for path in Path("/proc").glob("[0-9]*") if _is_of(path, group)]
    return Minute(
        load,
        cpu(group) - before,
        sum(int((path / "statm").read_text().split()[1]) for path in processes) * os.sysconf("SC_PAGE_SIZE") / 1e6,
        sum(len(list((path / "task").iterdir())) for path in processes),
        sum(len(list((path / "fd").iterdir())) for path in processes),
    )


def _is_of(path: Path, group: int) -> bool:
    with contextlib.suppress(OSError):
        return int((path / "stat").read_text().rpartition(")")[2].split()[2]) == group
    return False


def quarantined(port: int) -> int:
    """Return how many rows the sink has sent to quarantine."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return int(json.load(answer).get("rows to quarantine", 0))


def table(server: str, minutes: int) -> tuple[str, list[str]]:
    """Measure everything; return it as text, and what is wrong."""
    with sink(server) as (group, port):
        run(port, CONNECTIONS, 3.0)
        clean, dirty = turns(port)
        lines, past = _head(server, clean, dirty), []
        print("\n".join(lines), flush=True)
        for number in range(1, minutes + 1):
            one = minute(group, port)
            past.append(one)
            p50, p99 = (one.load.percentile(part) for part in (0.5, 0.99))
            words = f"| {number} | {one.load.rate:.0f} | {p50:.0f} | {p99:.0f} | {one.load.refused} "
            lines.append(f"{words}| {one.cpu:.0f} | {one.rss:.1f} | {one.threads} | {one.files} |")
            print(lines[-1], flush=True)
        kept = quarantined(port)
    loads = [*clean, *dirty, *(one.load for one in past)]
    return "\n".join(lines), list(_faults(loads, kept, [one.rss for one in past]))


def _head(server: str, clean: list[Load], dirty: list[Load]) -> list[str]:
    ratio = median(junk.rate / pure.rate for pure, junk in zip(clean, dirty, strict=True))
    tail = median(junk.percentile(0.99) / pure.percentile(0.99) for pure, junk in zip(clean, dirty, strict=True))
    told = f"{ratio:.2f} times the pushes/s, {tail:.2f} times the p99 (medians)"
    return [
        f"{server}, with 1 % of junk, over without, in {TURNS} turns of {TURN:g} s: {told}.",
        "",
        "| minute | pushes/s | p50 ms | p99 ms | refused | CPU s | memory MB | threads | open files |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]


def _faults(loads: list[Load], kept: int, memory: list[float]) -> Iterator[str]:
    if refused := sum(load.refused for load in loads):
        yield f"{refused} pushes were refused"
    if kept != (sent := sum(load.junk for load in loads)):
        yield f"{kept} of {sent} junk messages are in quarantine"
    third = len(memory) // 3
    if third and median(memory[-third:]) > GROWTH * median(memory[third : 2 * third]):
        yield f"the memory grew: {memory}"


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--server", choices=["functions-framework", "uvicorn"], action="append")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} CPUs shared with the load and the stand-in, Python {platform.python_version()}"
    found, wrong = [f"{machine}; load average before the run {os.getloadavg()[0]:.1f}."], []
    for server in given.server or ["functions-framework", "uvicorn"]:
        text, faults = table(server, given.minutes)
        found.append(text)
        wrong += faults
    if given.write:
        write("soak", "\n\n".join(found))
    sys.exit("; ".join(wrong) or 0)


if __name__ == "__main__":
    main()
