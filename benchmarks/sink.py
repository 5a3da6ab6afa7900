"""Side by side, in one run: a naive sink, ours under functions-framework, ours under uvicorn.

Each is given the same pushes by 1, 20, 80 and 250 connections; behind each stands a BigQuery of our own that answers
insertAll after 30 ms (sink_store.py). Usage: python benchmarks/sink.py [--seconds 4] [--write]; --write puts the table
into docs/performance.md.
"""

import argparse
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
from pathlib import Path

from sink_load import Load, run

from svcerrors.ops.local.ports import free_port

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
CONNECTIONS = (1, 20, 80, 250)
WARM_UP = 1.0
PAGE = CHECKOUT / "docs" / "performance.md"
BEGIN, END = "<!-- sink: begin -->\n", "<!-- sink: end -->\n"

FRAMEWORK = [sys.executable, "-m", "functions_framework", "--target", "receive", "--source"]
SINKS = {
    "naive, functions-framework": [*FRAMEWORK, str(HERE / "sink_naive.py"), "--port"],
    "ours, functions-framework": [*FRAMEWORK, str(CHECKOUT / "sink_function" / "main.py"), "--port"],
    "ours, uvicorn": [sys.executable, "-m", "uvicorn", "svcerrors.sink.asgi:app", "--log-level", "warning", "--port"],
}
"""The commands, without the port at their end; each sink has one process and the threads that it gives itself."""


def measure(command: list[str], connections: int, seconds: float) -> tuple[Load, float, int]:
    """Return what a sink did under load, the CPU seconds that it took, and the insertAll calls that it made."""
    with contextlib.ExitStack() as ending:
        store, sink = free_port(), free_port()
        ending.enter_context(running([sys.executable, str(HERE / "sink_store.py"), str(store)], store))
        environ = {
            "SVCERRORS_WAREHOUSE": "bigquery:p.d",
            "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{store}",
            "SVCERRORS_CONCURRENCY": str(max(80, connections)),
        }
        process = ending.enter_context(running([*command, str(sink)], sink, environ))
        run(sink, connections, WARM_UP)
        before, calls = cpu(process.pid), _calls(store)
        load = run(sink, connections, seconds)
        return load, cpu(process.pid) - before, _calls(store) - calls


@contextlib.contextmanager
def running(command: list[str], port: int, environ: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; yield its process, which leads a group of its own, once it answers."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, **(environ or {})}, stdout=log, stderr=log, start_new_session=True
        )
        try:
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
        for name, command in SINKS.items():
            load, cpu, calls = measure(command, connections, seconds)
            thousands = len(load.latencies) / 1_000
            lines.append(
                f"| {name} | {connections} | {load.rate:.0f} | {load.percentile(0.5):.0f} | "
                f"{load.percentile(0.99):.0f} | {cpu / thousands:.2f} | {calls / thousands:.0f} | {load.refused} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the table into its section of docs/performance.md."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")


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
        write(found)


if __name__ == "__main__":
    main()
