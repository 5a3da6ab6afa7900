"""What becomes of the ten nastiest inputs: each peer takes each of them, in a process of its own.

Usage: python benchmarks/nasty.py [--write]; --write puts the table into docs/peers.md.
"""

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nasty_inputs import INPUTS, SECRET, Nasty
from peers import PEERS

PAGE = Path(__file__).parents[1] / "docs" / "peers.md"
BEGIN, END = "<!-- nasty: begin -->\n", "<!-- nasty: end -->\n"

COMPARED = ("svcerrors", "sentry-sdk", "structlog", "loguru", "google-cloud-logging", "rollbar", "bugsnag")
TRANSPORTS = ("sentry-sdk", "rollbar", "bugsnag")
"""They write to no standard output."""

FULL = 27
SECONDS = 60
SLOW = 0.3
"""Seconds of CPU: of the peer's, whatever else the machine does."""

TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}


def take(peer: str, number: int) -> None:
    """Let a peer take an input in this process; print what came of it on descriptor 3."""
    nasty, records = INPUTS[number], []
    sink = _full(records) if number == FULL else records.append
    capture = PEERS[peer](sink)
    caught, escaped, spent = None, None, 0.0
    try:
        nasty.fail()
    except BaseException as exc:  # noqa: BLE001  # whatever the input is
        caught = exc
    begun = time.process_time()
    try:
        capture(caught, **nasty.labels)
    except BaseException as exc:  # noqa: BLE001  # that is the question
        escaped = type(exc).__name__
    spent = time.process_time() - begun
    told = {"escaped": escaped, "seconds": spent, **_about(b"".join(records), len(records))}
    os.write(3, json.dumps(told).encode())
    os._exit(0)  # what a peer does at exit is not asked


def _full(records: list[bytes]) -> Any:
    def sink(line: bytes) -> bool:
        if b'"svcerrors"' in line:  # its own way to the descriptors is the question
            from svcerrors._emit import emit  # noqa: PLC0415  # of this peer alone

            if emit(line):
                records.append(line)
            return True
        os.write(1, line)
        records.append(line)
        return True

    return sink


def _about(written: bytes, count: int) -> dict[str, Any]:
    lines = [line for line in written.split(b"\n") if line.startswith(b"{")]
    return {
        "count": count,
        "bytes": len(written),
        "secrets": written.count(SECRET.encode()),
        "strict": all(map(_is_strict, lines)),
    }


def _is_strict(line: bytes) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(line, parse_constant=refuse)
    except ValueError:
        return False
    return True


def outcome(peer: str, nasty: Nasty) -> str:
    """Return what came of it, in words."""
    if nasty.number == FULL and peer in TRANSPORTS:
        return "its own transport"
    reader, writer = os.pipe()
    command = f"exec {sys.executable} {__file__} {peer} {nasty.number} 3>&{writer}"
    with Path("/dev/full" if nasty.number == FULL else os.devnull).open("wb") as out:
        done = subprocess.run(
            ["bash", "-c", command], stdout=out, stderr=subprocess.PIPE, pass_fds=[writer], timeout=SECONDS, check=False
        )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    if not told:
        return f"**the process ends with {done.returncode}, no record**"
    return _in_words(json.loads(told))


def _in_words(told: dict[str, Any]) -> str:
    said = []
    if told["escaped"]:
        said.append(f"**{told['escaped']} escapes**")
    said.append(_size(told["bytes"]) if told["count"] else "**no record**")
    if told["secrets"]:
        said.append(f"**the secret {TIMES.get(told['secrets'], 'many times')}**")
    if not told["strict"]:
        said.append("**no strict JSON**")
    if told["seconds"] > SLOW:
        said.append(f"**{told['seconds']:.1f} s**")
    return ", ".join(said)


def _size(count: int) -> str:
    return f"**{count / 1e6:.1f} MB**" if count > 256 * 1024 else f"{count / 1e3:.1f} kB"


def table() -> str:
    """Return every outcome; in bold what ought not to be."""
    names = [f"{peer} {version(peer)}" for peer in COMPARED]
    lines = [f"| | input | right | {' | '.join(names)} |", f"|--:|---|---|{'---|' * len(names)}"]
    for nasty in INPUTS.values():
        outcomes = [outcome(peer, nasty) for peer in COMPARED]
        lines.append(f"| {nasty.number} | {nasty.what} | {nasty.right} | {' | '.join(outcomes)} |")
    return "\n".join(lines)


def main() -> None:
    """Run all, print, and write if asked to."""
    if len(sys.argv) > 2:  # noqa: PLR2004  # a peer and an input
        take(sys.argv[1], int(sys.argv[2]))
    found = f"Python {platform.python_version()}.\n\n{table()}"
    print(found)
    if "--write" in sys.argv:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{found}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
