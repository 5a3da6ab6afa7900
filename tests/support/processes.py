"""Real processes for tests: the command line, and the sink under functions-framework."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from svcerrors.ops.local.ports import free_port

SINK = Path(__file__).parents[2] / "sink_function" / "main.py"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("SVCERRORS_", "K_", "CLOUD_RUN"))}


def svcerrors(*arguments, stdin=b"", cwd=None, env=None, timeout=60):
    """Run the command line as a user does; return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "svcerrors", *arguments],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**CLEAN, **(env or {})},
        timeout=timeout,
        check=False,
    )


SERVERS = ("functions-framework", "uvicorn")


def sink_command(server, port, *, python=sys.executable, source=SINK):
    """Return the command that serves the sink."""
    if server == "uvicorn":
        app = ["-m", "uvicorn", "svcerrors.sink.asgi:app", "--log-level", "warning"]
        return [python, *app, "--port", str(port)]
    return [python, "-m", "functions_framework", "--source", str(source), "--target", "receive", "--port", str(port)]


@dataclass
class Sink:
    """A running sink: its process, which leads a group of its own, its URL, and where its output goes."""

    process: subprocess.Popen
    url: str
    log: IO[bytes]

    def output(self):
        return Path(self.log.name).read_text()

    def peak_memory(self):
        """Return the bytes that its largest process ever held (proc_pid_status(5): VmHWM)."""
        peaks = [0]
        for one in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # others end meanwhile
                if os.getpgid(int(one.name)) == self.process.pid:
                    lines = (one / "status").read_text().splitlines()
                    peaks += [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
        return max(peaks)

    def kill(self):
        """End it and its workers at once, as a machine that goes away does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_sink(warehouse, server="functions-framework", *, port=None, env=None, source=SINK, **more):
    """Start the sink; return it once it answers. It writes to a file: a pipe that no one reads would hold it up."""
    port, log = port or free_port(), tempfile.NamedTemporaryFile(prefix="sink-")  # noqa: SIM115  # lives with the sink
    process = subprocess.Popen(
        sink_command(server, port, source=source, **more),
        env={**CLEAN, "SVCERRORS_WAREHOUSE": warehouse, **(env or {})},
        stdout=log,
        stderr=log,
        cwd=Path(source).parent,
        start_new_session=True,
    )
    sink = Sink(process, f"http://127.0.0.1:{port}", log)
    await_answer(sink, f"{sink.url}/healthz")
    return sink


@contextlib.contextmanager
def running_sink(warehouse: str, server="functions-framework", **more) -> Iterator[str]:
    """Run the sink; yield its URL."""
    sink = start_sink(warehouse, server, **more)
    try:
        yield sink.url
    finally:
        sink.process.terminate()
        sink.process.wait(timeout=15)


def await_answer(sink, url, seconds=30):
    """Return when `url` answers; fail with the process's own words when it ends before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if sink.process.poll() is not None:
            raise AssertionError(sink.output())
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} did not answer within {seconds} s")


def post(url, body: bytes, headers=None):
    """POST a body; return status and answer."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read()
