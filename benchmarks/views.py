"""How long does each view take over 1, 10 and 50 million rows of thirty days, on two cores, and how does that grow?

A view is read as a listing reads it: every column, the first fifty rows in an order, each in a process of its own. Time
is CPU seconds over the two threads, which other work on the machine disturbs least, and wall seconds beside it. A view
grows no worse than its rows if ten times the rows take at most twelve times the CPU. `alerts` is read besides over one
day of 1,000,000 rows, with a limit of 5 s.

Usage: python benchmarks/views.py [--rows 1000000 10000000] [--views alerts …] [--memory 8GB] [--write]
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from views_data import fill

from svcerrors import _schema
from svcerrors.warehouse import open_warehouse

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- views: begin -->\n", "<!-- views: end -->\n"

ROWS, DAYS, THREADS = (1_000_000, 10_000_000), 30, 2
ALERT_SECONDS = 5.0
WORSE = 1.2
"""Growth beyond that of the rows that still counts as linear: sorting, and noise."""
LONGEST = 3_600

VIEWS = [name for name, view in _schema.relations().items() if not isinstance(view, _schema.Routine)]

# Reads one view of one store, as the store itself does, and prints CPU and wall seconds.
READER = """
import resource, sys, time
import duckdb
from svcerrors.warehouse import _duckdb_engine as store, open_warehouse
address, view, memory, spill, threads = sys.argv[1:]
connect = store._connected
def bounded(**settings):
    made = connect(**{**settings, "threads": int(threads)})
    made.execute(f"SET memory_limit = '{memory}'")
    made.execute(f"SET temp_directory = '{spill}'")
    made.execute("SET preserve_insertion_order = FALSE")
    return made
store._connected = bounded
warehouse = open_warehouse(address)
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
cpu, wall = spent(), time.perf_counter()
warehouse.query(f"SELECT * FROM {view} ORDER BY 1 LIMIT 50")
print(spent() - cpu, time.perf_counter() - wall)
"""


class Read(NamedTuple):
    """One reading of a view."""

    cpu: float
    wall: float


def measure(store: Path, view: str, memory: str) -> Read | None:
    """Return how long a view took, None if it did not end in an hour or in the memory that it was given."""
    with tempfile.TemporaryDirectory(dir=store.parent) as spill:
        command = [sys.executable, "-c", READER, f"duckdb:{store}", view, memory, spill, str(THREADS)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=True)
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as exc:
            print(view, str(exc.stderr)[-300:], file=sys.stderr)
            return None
    return Read(*map(float, done.stdout.split()))


def table(rows: list[int], views: list[str], memory: str) -> Iterator[str]:
    """Measure, and yield the lines of a table."""
    titles = " | ".join(f"{count:,} rows: CPU s | wall s" for count in rows)
    yield f"| view | {titles} | growth of CPU per row | |\n|---|{'--:|' * (2 * len(rows) + 1)}---|\n"
    found: dict[str, list[Read | None]] = {view: [] for view in views}
    for count in rows:
        with tempfile.TemporaryDirectory() as folder:
            store = _made(Path(folder) / "store", count, DAYS)
            for view in views:
                found[view].append(measure(store, view, memory))
                print(f"{count:,} {view}: {found[view][-1]}", file=sys.stderr, flush=True)
    for view, reads in found.items():
        cells = " | ".join(f"{read.cpu:.1f} | {read.wall:.1f}" if read else "- | -" for read in reads)
        yield f"| `{view}` | {cells} | {_growth(rows, reads)} |\n"


def _growth(rows: list[int], reads: list[Read | None]) -> str:
    done = [(count, read.cpu) for count, read in zip(rows, reads, strict=True) if read]
    if len(done) < 2:  # noqa: PLR2004  # growth is between two
        return "- |"
    (fewest, least), (most, longest) = done[0], done[-1]
    growth = (longest / least) / (most / fewest)
    return f"{growth:.2f} | {'linear' if growth <= WORSE else 'WORSE THAN LINEAR'}"


def a_day_of_alerts(rows: int, memory: str) -> str:
    """Return how long `alerts` takes over a day of rows."""
    with tempfile.TemporaryDirectory() as folder:
        read = measure(_made(Path(folder) / "store", rows, 1), "alerts", memory)
    if not read:
        return f"`alerts` over a day of {rows:,} rows did not end.\n"
    verdict = "kept" if read.wall <= ALERT_SECONDS else "MISSED"
    return (
        f"`alerts` over a day of {rows:,} rows: {read.wall:.1f} s, {read.cpu:.1f} s of CPU "
        f"(limit {ALERT_SECONDS:g} s: {verdict}).\n"
    )


def _made(store: Path, rows: int, days: int) -> Path:
    began = time.perf_counter()
    open_warehouse(f"duckdb:{store}").apply()
    fill(store, rows, days, datetime.now(UTC))
    print(f"{rows:,} rows made in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return store


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--day", type=int, default=1_000_000, help="rows of the day that `alerts` is read over")
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=VIEWS)
    parser.add_argument("--memory", default="8GB", help="for DuckDB; the rest goes to a temporary folder")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    machine = f"Python {platform.python_version()}, {THREADS} threads, {given.memory}"
    lines = [
        f"{machine}; load average before the run {os.getloadavg()[0]:.1f}.\n\n",
        a_day_of_alerts(given.day, given.memory),
        "\n",
    ]
    lines += table(given.rows, given.views, given.memory)
    print("".join(lines))
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{''.join(lines)}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
