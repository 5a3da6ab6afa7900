"""Connections that push log entries as fast as they are acknowledged."""

import asyncio
import base64
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

TRACEBACK = """Traceback (most recent call last):
  File "/workspace/main.py", line 7, in handler
    return total(request)
  File "/workspace/shared/sums.py", line 3, in total
    raise ValueError("no total")
ValueError: no total"""

_ids, _requests = itertools.count(), itertools.count()


@dataclass(slots=True)
class Load:
    """What came of it: seconds that each acknowledged push took, how many were refused, how many junk was sent."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    junk: int = 0

    @property
    def rate(self) -> float:
        """Return the acknowledged pushes of a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """Return the milliseconds that a part of the pushes did not exceed."""
        return sorted(self.latencies)[min(int(len(self.latencies) * part), len(self.latencies) - 1)] * 1_000


def run(port: int, connections: int, seconds: float, junk_every: int = 0) -> Load:
    """Push to a sink for some seconds; of so many messages one is junk, if any is to be."""
    return asyncio.run(_run(port, connections, seconds, junk_every))


async def _run(port: int, connections: int, seconds: float, junk_every: int) -> Load:
    load = Load(seconds)
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_push(port, until, load, junk_every) for _ in range(connections)))
    return load


async def _push(port: int, until: float, load: Load, junk_every: int) -> None:
    connection = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < until:
        request = _request(load, junk_every)
        while not (head := await _answer(*connection, request)):
            connection = await asyncio.open_connection("127.0.0.1", port)
        if head.split(b" ", 2)[1] in {b"200", b"204"}:
            load.latencies.append(time.perf_counter() - began)
        else:
            load.refused += 1
        if b"connection: close" in head.lower():
            connection[1].close()
            connection = await asyncio.open_connection("127.0.0.1", port)
    connection[1].close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """Return the head of the answer, nothing where the server had closed the connection, as gunicorn does after 2 s."""
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    await reader.readexactly(int(length.partition(b":")[2]))
    return head


def _request(load: Load, junk_every: int) -> bytes:
    is_junk = junk_every and next(_requests) % junk_every == 0
    load.junk += bool(is_junk)
    body = push(b"half a {line" if is_junk else entry())
    head = "POST / HTTP/1.1\r\nHost: sink\r\nContent-Type: application/json\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


def push(data: bytes) -> bytes:
    """Return the body of a push."""
    message = {"data": base64.b64encode(data).decode(), "messageId": str(next(_ids)), "attributes": {}}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def entry() -> bytes:
    """Return a log entry that holds a traceback."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    labels = {"project_id": "p", "service_name": "scores", "revision_name": "scores-00001-abc", "location": "x"}
    told = {
        "logName": "projects/p/logs/run.googleapis.com%2Fstderr",
        "resource": {"type": "cloud_run_revision", "labels": labels},
        "timestamp": now,
        "receiveTimestamp": now,
        "insertId": f"id{next(_ids)}",
        "severity": "ERROR",
        "labels": {"instanceId": "instance-1"},
        "textPayload": TRACEBACK,
    }
    return json.dumps(told).encode()
