"""Side by side, in one run: a naive sink, ours under functions-framework, ours under uvicorn, ours as a pull worker.

Each is given the same pushes by 1, 20, 80 and 250 connections; behind each stands a BigQuery of our own that answers
insertAll after 30 ms (sink_store.py). Usage: python benchmarks/sink.py [--seconds 4] [--write]; --write puts the table
into docs/performance.md.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from page import write
from pull_load import SUBSCRIPTION, serve
from sink_load import Load, run

from svcerrors.ops.local.ports import free_port

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
CONNECTIONS = (1, 20, 80, 250)
WARM_UP = 1.0

FRAMEWORK = [sys.executable, "-m", "functions_framework", "--target", "receive", "--source"]
SINKS = {
    "naive, functions-framework": [*FRAMEWORK, str(HERE / "sink_naive.py"), "--port"],
    "ours, functions-framework": [*FRAMEWORK, str(CHECKOUT / "sink_function" / "main.py"), "--port"],
    "ours, uvicorn": [sys.executable, "-m", "uvicorn", "svcerrors.sink.asgi:app", "--log-level", "warning", "--port"],
}
"""The commands, without the port at their end; each sink has one process and the threads that it gives itself."""

WORKERS = {"ours, pull worker": [sys.executable, "-m", "svcerrors", "sink", "pull", SUBSCRIPTION]}
"""Given as many messages at once as the others are given connections."""


class Measured(NamedTuple):
    """What a sink did under load, the CPU seconds that it took, and the insertAll calls that it made."""

    load: Load
    cpu: float
    calls: int


def measure(name: str, connections: int, seconds: float) -> Measured:
    """Measure one sink under load."""
    with contextlib.ExitStack() as ending:
        store, sink = free_port(), free_port()
        ending.enter_context(running([sys.executable, str(HERE / "sink_store.py"), str(store)], store))
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


@contextlib.contextmanager
def running(
    command: list[str], port: int | None, environ: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; yield its process, which leads a group of its own, once it answers at its port, if it has one."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, **(environ or {})}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            if port:
                _await(process, f"http://127.0.0.1:{port}/healthz")
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # our own loopback address
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{process.args!r} ended")


def _calls(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return int(answer.read())


def cpu(group: int) -> float:
    """Return the CPU seconds of a process group so far (proc_pid_stat(5): fields 5, 14 and 15)."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) * (int(fields[2]) == group)
    return ticks / os.sysconf("SC_CLK_TCK")


def table(seconds: float) -> str:
    """Measure everything, and return it as a table."""
    lines = [
        "| sink | connections | pushes/s | p50 ms | p99 ms | CPU s per 1,000 | insertAll calls per 1,000 | refused |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for connections in CONNECTIONS:
        for name in (*SINKS, *WORKERS):
            load, spent, calls = measure(name, connections, seconds)
            thousands = len(load.latencies) / 1_000
            lines.append(
                f"| {name} | {connections} | {load.rate:.0f} | {load.percentile(0.5):.0f} | "
                f"{load.percentile(0.99):.0f} | {spent / thousands:.2f} | {calls / thousands:.0f} | {load.refused} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} CPUs shared with the load and the stand-in, Python {platform.python_version()}"
    busy = f"load average before the run {os.getloadavg()[0]:.1f}"
    found = f"{machine}; {busy}; {given.seconds:g} s each.\n\n{table(given.seconds)}"
    if given.write:
        write("sink", found)


if __name__ == "__main__":
    main()
