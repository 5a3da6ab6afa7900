"""Servers that host an application, as real processes: what they write on standard output the platform reads."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from library.programs import CLEAN, records

PLATFORM = {"K_SERVICE": "orders", "K_REVISION": "orders-1", "GOOGLE_CLOUD_PROJECT": "p"}
TRACE = {"X-Cloud-Trace-Context": "4bf92f3577b34da6a3ce929d0e0e4736/255;o=1"}


class Host:
    """A server; `{port}` in its command is the port that it is to listen on."""

    def __init__(self, folder, *command, **env):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = folder / f"home-{self.port}"  # gunicorn keeps a socket there
        home.mkdir()
        # Files, because nobody reads a pipe while the server works, and a full one would stop it.
        self.stdout, self.stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  # closed by `end`
        self.process = subprocess.Popen(
            [sys.executable, "-m", *(word.replace("{port}", str(self.port)) for word in command)],
            env={**CLEAN, **PLATFORM, "HOME": str(home), **env},
            cwd=folder,
            stdout=self.stdout,
            stderr=self.stderr,
            start_new_session=True,
        )

    def call(self, path="/", body=None, headers=None):
        """Return the status of the answer."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **TRACE, **(headers or {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, sent)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            time.sleep(0.05)
        raise TimeoutError(self.stop()[1])

    def await_records(self, count):
        """Return when so many records are on standard output, or it is too late."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            if len(records(os.pread(self.stdout.fileno(), 1_000_000, 0).rpartition(b"\n")[0])) >= count:
                break
            time.sleep(0.05)
        return self

    def stop(self):
        """End it; return what it recorded, and what it said on standard error."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        return self.end()

    def end(self):
        """Await its end, and leave none of its processes behind."""
        try:
            self.process.wait(timeout=60)  # gunicorn waits 30 s for a worker that its signal came too early for
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return records(_read(self.stdout)), _read(self.stderr).decode()


def _read(file):
    file.seek(0)
    with file:
        return file.read()


def told(lines):
    """Return what each line says of its error, in one order."""
    return sorted(
        (line["svcerrors"]["mechanism"], line["svcerrors"]["error_type"], line["svcerrors"]["error_message"])
        for line in lines
    )
