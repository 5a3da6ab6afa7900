"""Real processes for tests: the command line, and the sink under functions-framework."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

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


@contextlib.contextmanager
def running_sink(warehouse: str, *, python=sys.executable, source=SINK, env=None) -> Iterator[str]:
    """Run the sink under functions-framework; yield its URL."""
    port = free_port()
    process = subprocess.Popen(
        [python, "-m", "functions_framework", "--source", str(source), "--target", "receive", "--port", str(port)],
        env={**CLEAN, "SVCERRORS_WAREHOUSE": warehouse, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(source).parent,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await_answer(process, f"{url}/healthz")
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=15)


def await_answer(process, url, seconds=30):
    """Return when `url` answers; fail with the process's own words when it ends before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(process.stdout.read().decode())
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
