"""The chain on one machine: processes → log entries → pushes → the sink → a local warehouse."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import as_file, files
from types import TracebackType
from typing import Any, Self

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.local.courier import Courier
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.ports import end_group, free_port, open_url, take_port
from svcerrors.ops.local.process import LocalProcess
from svcerrors.ops.warehouses import open_ready

__all__ = ["LocalChain"]

BOOT_TIMEOUT, STOP_TIMEOUT = 30.0, 10.0
"""Seconds in which the sink must answer, and in which it must have ended."""


class LocalChain:
    """The real sink under functions-framework, and a courier that brings it log entries; a context manager.

    Args:
        where: Address of the warehouse.
        port: Where the sink listens; None takes a free one.
        delivered: Called with each entry, and the seconds its delivery took, once it is acknowledged.

    Raises:
        SvcErrorsError: The port is in use, or the sink does not come up.
    """

    def __init__(
        self, where: str, *, port: int | None = None, delivered: Callable[[dict[str, Any], float], None] | None = None
    ) -> None:
        self._processes: list[LocalProcess] = []
        self._port = take_port(port)
        self.warehouse = open_ready(where)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the chain
        self._sink = _start_sink(where, self._port, self._log)
        self._await_sink()
        self._courier = Courier(f"http://127.0.0.1:{self._port}/", delivered)

    @property
    def lost(self) -> int:
        """How many entries the sink did not take."""
        return len(self._courier.lost)

    def send(self, entry: dict[str, Any]) -> None:
        """Take a log entry to the sink."""
        self._courier.send(entry)

    def start(
        self,
        identity: Identity,
        command: Sequence[str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        environ: Mapping[str, str] | None = None,
        echo: Callable[[str], None] | None = None,
    ) -> LocalProcess:
        """Start a process in the chain; `{port}` in an argument becomes the port that it is to listen on.

        Raises:
            UsageError: The program cannot be started.
        """
        port = free_port()
        command = [word.replace("{port}", str(port)) for word in command]
        process = LocalProcess(identity, command, port=port, send=self.send, cwd=cwd, environ=environ, echo=echo)
        self._processes.append(process)
        return process

    def drain(self) -> None:
        """Stop every process, deliver every entry."""
        for process in self._processes:
            process.stop()
        self._courier.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self.drain()
        finally:
            end_group(self._sink, STOP_TIMEOUT)
            self._log.close()

    def _await_sink(self) -> None:
        deadline = time.monotonic() + BOOT_TIMEOUT
        while time.monotonic() < deadline and self._sink.poll() is None:
            try:
                with open_url(f"http://127.0.0.1:{self._port}/healthz", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        has_ended = self._sink.poll() is not None
        end_group(self._sink, STOP_TIMEOUT)
        if not has_ended:
            raise SvcErrorsError(f"the sink runs, but port {self._port} did not answer within {BOOT_TIMEOUT:.0f} s")
        raise SvcErrorsError(f"the sink did not come up: {self.last_words() or 'it said nothing'}")

    def last_words(self) -> str:
        """Return the last line that the sink wrote."""
        self._log.seek(0)
        words = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else ""


def _start_sink(where: str, port: int, log: Any) -> subprocess.Popen[bytes]:
    with as_file(files("svcerrors.sink_function") / "main.py") as main:
        command = [sys.executable, "-m", "functions_framework", "--source", str(main), "--target", "receive"]
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, "SVCERRORS_WAREHOUSE": where, "SVCERRORS_SOURCE": "local"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
