"""A service or job as Cloud Run would run it: its streams become entries, and so does its end."""

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

from svcerrors._errors import UsageError
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.lines import Lines
from svcerrors.ops.local.ports import end_group, is_listening

__all__ = ["LocalProcess"]

IDLE = 0.2
"""Seconds of silence after which a traceback that has begun counts as ended."""

GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL, as on Cloud Run."""


class LocalProcess:
    """A running process whose lines and end go out as log entries.

    Args:
        identity: Who it is.
        command: Program and arguments.
        port: Where it is told to listen.
        send: Takes each log entry.
        cwd: Folder to start it in.
        environ: Its environment, to which the platform's variables are added.
        echo: Takes each raw line, for a person to read.
    """

    def __init__(
        self,
        identity: Identity,
        command: Sequence[str],
        *,
        port: int,
        send: Callable[[dict[str, Any]], None],
        cwd: str | os.PathLike[str] | None = None,
        environ: Mapping[str, str] | None = None,
        echo: Callable[[str], None] | None = None,
    ) -> None:
        self.identity, self.port = identity, port
        self._send, self._echo = send, echo
        self._stopping = self._was_ready = False
        self._process = _start(command, cwd, {**(environ or os.environ), **identity.environment(port)})
        self._readers = [
            threading.Thread(target=self._read, args=(stream, name), daemon=True)
            for stream, name in ((self._process.stdout, "stdout"), (self._process.stderr, "stderr"))
        ]
        for reader in self._readers:
            reader.start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self, timeout: float) -> bool:
        """Wait until it listens: True, or until it has ended or `timeout` seconds are over: False."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._process.poll() is None:
            if is_listening(self.port):
                self._was_ready = True
                return True
            time.sleep(0.02)
        return False

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit code once its last entry is on its way, or None after `timeout` seconds."""
        self._watcher.join(timeout)
        return None if self._watcher.is_alive() else self._process.returncode

    def stop(self) -> None:
        """End it as Cloud Run does when it scales in; that is no failure."""
        if self._process.poll() is None:
            self._stopping = True
        end_group(self._process, GRACE)
        self._watcher.join()

    def _read(self, stream: IO[bytes], name: str) -> None:
        def emit(payload: dict[str, Any], at: int) -> None:
            self._send(self.identity.entry(f"run.googleapis.com%2F{name}", payload, at))

        lines, rest = Lines(emit), b""
        while chunk := _chunk(stream, lines):
            at = time.time_ns()
            *whole, rest = (rest + chunk).split(b"\n")
            for offset, line in enumerate(whole):
                text = line.decode("utf-8", "replace")
                if self._echo:
                    self._echo(text)
                lines.feed(text, at + offset * 1_000)
        if rest:
            lines.feed(rest.decode("utf-8", "replace"), time.time_ns())
        lines.flush()

    def _watch(self) -> None:
        code = self._process.wait()
        for reader in self._readers:
            reader.join()
        if not self._stopping:
            for severity, text in _last_words(self.identity, code, self.port, was_ready=self._was_ready):
                self._send(self.identity.system(severity, text, time.time_ns()))


def _start(
    command: Sequence[str], cwd: str | os.PathLike[str] | None, environ: dict[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as exc:
        raise UsageError(f"cannot start {command[0]!r}: {exc.strerror}; give a program that is on PATH") from exc


def _chunk(stream: IO[bytes], lines: Lines) -> bytes:
    while not select.select([stream], [], [], IDLE)[0]:
        lines.flush()
    return os.read(stream.fileno(), 65_536)


def _last_words(identity: Identity, code: int, port: int, *, was_ready: bool) -> Iterator[tuple[str, str]]:
    if code < 0:
        yield "WARNING", f"Container terminated on signal {-code}."
    else:
        yield "WARNING" if code else "INFO", f"Container called exit({code})."
    if identity.kind == "service" and not was_ready:
        yield (
            "ERROR",
            (
                f'Default STARTUP TCP probe failed 1 time consecutively for container "{identity.name}-1" '
                f"on port {port}. The instance was not started. Connection failed with status CANCELLED."
            ),
        )
