"""The sinks that are measured, as processes of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pull_load import SUBSCRIPTION

HERE = Path(__file__).parent
STORE = [sys.executable, str(HERE / "sink_store.py")]

NAIVE = "naive, functions-framework"
FRAMEWORK = [sys.executable, "-m", "functions_framework", "--target", "receive", "--source"]
SINKS = {
    NAIVE: [*FRAMEWORK, str(HERE / "sink_naive.py"), "--port"],
    "ours, functions-framework": [*FRAMEWORK, str(HERE.parent / "sink_function" / "main.py"), "--port"],
    "ours, uvicorn": [sys.executable, "-m", "uvicorn", "svcerrors.sink.asgi:app", "--log-level", "warning", "--port"],
}
"""The commands, without the port at their end; each sink has one process and the threads that it gives itself."""

WORKERS = {"ours, pull worker": [sys.executable, "-m", "svcerrors", "sink", "pull", SUBSCRIPTION]}
"""Given as many messages at once as the others are given connections."""


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


def cpu(group: int) -> float:
    """Return the CPU seconds of a process group so far (proc_pid_stat(5): fields 5, 14 and 15)."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) * (int(fields[2]) == group)
    return ticks / os.sysconf("SC_CLK_TCK")
