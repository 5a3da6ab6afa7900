"""What is at home on this machine: its ports, what listens there, and groups of processes."""

import os
import signal
import socket
import subprocess
import urllib.request
from contextlib import suppress

from svcerrors._errors import SvcErrorsError

__all__ = ["end_group", "free_port", "is_listening", "open_url", "take_port"]

HOST = "127.0.0.1"

open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
"""Open a URL of this machine; a proxy that the environment names knows nothing of it."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def take_port(port: int | None) -> int:
    """Return `port` if it is free, or any free one for None.

    Raises:
        SvcErrorsError: Something listens there.
    """
    if port is None:
        return free_port()
    if is_listening(port):
        raise SvcErrorsError(f"port {port} is in use: give another with --port, or none to take a free one")
    return port


def is_listening(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def end_group(process: "subprocess.Popen[bytes]", grace: float) -> None:
    """End a process that leads a group of its own, and whatever it started.

    Args:
        process: Started with `start_new_session=True`.
        grace: Seconds between SIGTERM to the process and SIGKILL to its group.
    """
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
