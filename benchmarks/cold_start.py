"""What a sink costs before it answers for the first time: its bundle, in an environment of its own, in a new process.

Measured for each writer: the packages that the bundle brings, the CPU and memory of `import main`, and the time from
the start of functions-framework to the first push that is acknowledged; beside it Google's client library alone.
Usage: python benchmarks/cold_start.py [--times 7] [--write]; --write puts the table into docs/performance.md.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median
from typing import NamedTuple

from page import write
from sink_load import entry, push

from svcerrors.ops.local.ports import free_port

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
STORE_PORT, SINK_PORT = free_port(), free_port()
LIBRARY = "google-cloud-bigquery"

IMPORT = """
import json, os, sys, time
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
cpu, memory = time.process_time(), resident()
import {module}
sys.stderr.write(json.dumps([time.process_time() - cpu, resident() - memory]))
"""


class Import(NamedTuple):
    """CPU milliseconds, and megabytes, that an import took."""

    cpu_ms: float
    rss_mb: float


def environ(writer: str) -> dict[str, str]:
    """Return the variables of a sink that writes to the stand-in."""
    address = {"insertAll": "bigquery:p.d", "storage": "bigquery+storage:p.d"}[writer]
    return {
        **os.environ,
        "SVCERRORS_WAREHOUSE": address,
        "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{STORE_PORT}",
        "BIGQUERY_STORAGE_EMULATOR_HOST": f"127.0.0.1:{STORE_PORT}",
    }


def make(writer: str, wheel: Path, room: Path) -> tuple[Path, Path, int]:
    """Make a bundle and its environment; return the folder, the interpreter and the megabytes that were installed."""
    folder, home = room / writer, room / f"{writer}-venv"
    command = [sys.executable, "-m", "svcerrors", "bundle", str(folder), "--writer", writer, "--wheel", str(wheel)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    python = environment(home, folder, "--requirement", "requirements.txt")
    return folder, python, size(home)


def environment(home: Path, folder: Path, *wanted: str) -> Path:
    """Make an environment that holds what is wanted; return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pinned = [*pip, "--constraint", CHECKOUT / "constraints.txt", *wanted]
    done = subprocess.run(pinned, check=False, cwd=folder, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return python


def size(home: Path) -> int:
    """Return the megabytes of an environment's packages, pip aside."""
    packages = next(home.glob("lib/python*/site-packages"))
    files = (file for file in packages.rglob("*") if file.is_file() and file.relative_to(packages).parts[0] != "pip")
    return round(sum(file.stat().st_size for file in files) / 1e6)


def imported(python: Path, module: str, folder: Path, writer: str, times: int) -> Import:
    """Return what an import takes in a new process; the least of some, since other work only adds to it."""
    found = []
    for _ in range(times + 1):  # the first also reads the disk, and compiles
        done = subprocess.run(
            [python, "-c", IMPORT.format(module=module)],
            cwd=folder,
            env=environ(writer),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )
        found.append(json.loads(done.stderr.splitlines()[-1]))
    return Import(min(cpu for cpu, _ in found[1:]) * 1_000, median(taken for _, taken in found[1:]) / 1e6)


SERVERS = {
    "functions-framework": ["functions_framework", "--target", "receive", "--port", str(SINK_PORT)],
    "uvicorn": ["uvicorn", "svcerrors.sink.asgi:app", "--log-level", "warning", "--port", str(SINK_PORT)],
}


def answered(python: Path, folder: Path, writer: str, server: str) -> float:
    """Return the seconds from the start of a sink to its first acknowledgement."""
    command = [python, "-m", *SERVERS[server]]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        sink = subprocess.Popen(
            command, cwd=folder, env=environ(writer), stdout=log, stderr=log, start_new_session=True
        )
        try:
            while not acknowledged():
                if sink.poll() is not None:
                    log.seek(0)
                    sys.exit(log.read().decode())
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            os.killpg(sink.pid, signal.SIGKILL)
            sink.wait()


def acknowledged() -> bool:
    """Push once; tell whether it was acknowledged."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{SINK_PORT}/", push(entry()), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 204)  # noqa: PLR2004
    except (urllib.error.HTTPError, OSError):
        return False


def measure(times: int, room: Path) -> str:
    """Measure, and return the table."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(room), str(CHECKOUT)]
    subprocess.run(pip, check=True)
    wheel = next(room.glob("svcerrors-*.whl"))
    lines = [
        "| | packages, MB | import, CPU ms | import, MB of memory | start to first acknowledgement, s |",
        "|---|--:|--:|--:|--:|",
    ]
    for writer in ("insertAll", "storage"):
        folder, python, installed = make(writer, wheel, room)
        cost = imported(python, "main", folder, writer, times)
        store = subprocess.Popen([sys.executable, HERE / "cold_start_store.py", writer, str(STORE_PORT)])
        try:
            told = [
                _said(server, [answered(python, folder, writer, server) for _ in range(times)]) for server in SERVERS
            ]
        finally:
            store.kill()
            store.wait()
        said = "; ".join(told)
        lines.append(f"| the sink, writer {writer} | {installed} | {cost.cpu_ms:.0f} | {cost.rss_mb:.0f} | {said} |")
        print(lines[-1], flush=True)
    python = environment(room / "client-venv", room, LIBRARY)
    cost = imported(python, "google.cloud.bigquery", room, "insertAll", times)
    lines.append(
        f"| `google.cloud.bigquery` alone | {size(room / 'client-venv')} | {cost.cpu_ms:.0f} | {cost.rss_mb:.0f} | |"
    )
    print(lines[-1], flush=True)
    return "\n".join(lines)


def _said(server: str, seconds: list[float]) -> str:
    return f"{server} {min(seconds):.2f} at best, {median(seconds):.2f} in the median"


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7, help="how often each is measured")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    busy = f"load average before the run {os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory() as room:
        found = (
            f"{os.cpu_count()} CPUs, Python {platform.python_version()}; {busy}.\n\n{measure(given.times, Path(room))}"
        )
    if given.write:
        write("cold start", found)


if __name__ == "__main__":
    main()
