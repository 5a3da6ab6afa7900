"""Ports of this machine's loopback."""

import socket

from svcerrors._errors import SvcErrorsError

__all__ = ["free_port", "is_listening", "take_port"]

HOST = "127.0.0.1"


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
