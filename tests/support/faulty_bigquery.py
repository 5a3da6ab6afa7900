"""A BigQuery of our own that takes rows over real HTTP, and misbehaves as it is told."""

import json
import socket
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POISON = "poison"
"""A row that holds this word is one that BigQuery never takes."""


class FaultyBigQuery(ThreadingHTTPServer):
    """Answers `tabledata.insertAll`; each request takes the next fault of the schedule, and none is no fault.

    Attributes:
        schedule: Names of FAULTS, for the requests to come.
        rows: What is stored, by table.
        requests: How many rows each request brought.
        delay: Seconds before each answer.
        hang: Seconds that a hanging answer takes.
    """

    request_queue_size = 512
    daemon_threads = True

    def __init__(self, delay=0.0, hang=0.5):
        super().__init__(("127.0.0.1", 0), Handler)
        self.delay, self.hang = delay, hang
        self.lock = threading.Lock()
        self.reset()

    def reset(self, schedule=()):
        self.schedule = deque(schedule)
        self.rows = {"service_errors": [], "service_runs": [], "service_errors_rejected": []}
        self.requests = []

    @property
    def host(self):
        return f"http://127.0.0.1:{self.server_port}"

    def next_fault(self, count):
        with self.lock:
            self.requests.append(count)
            return self.schedule.popleft() if self.schedule else "none"

    def keep(self, table, rows):
        """Store rows: all of them, or none where one is bad."""
        with self.lock:
            self.rows[table] += [] if _bad(rows) else rows


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece; in two, Nagle's algorithm would add 40 ms to each

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        table = self.path.partition("/tables/")[2].partition("/")[0]
        rows = [row["json"] for row in told["rows"]]
        time.sleep(self.server.delay)
        fault = self.server.next_fault(len(rows))
        if fault == "none" and _bad(rows):
            self.row_errors(rows, _bad(rows), "invalid")
        else:
            FAULTS[fault](self, table, rows)

    def none(self, table, rows):
        self.server.keep(table, rows)
        self.tell(200, {"kind": "bigquery#tableDataInsertAllResponse"})

    def row_errors(self, rows, bad, reason, message="it is so"):
        def error(number):
            return {"reason": reason, "message": message, "location": "x"} if number in bad else {**STOPPED}

        self.tell(200, {"insertErrors": [{"index": n, "errors": [error(n)]} for n in range(len(rows))]})

    def of_yesterday(self, table, rows):
        """Know a column less than the rows have, as for a while after it was added."""
        unknown = next((name for name in ("members", "culprit") if any(name in row for row in rows)), None)
        if unknown or _bad(rows):
            bad = [number for number, row in enumerate(rows) if unknown in row] if unknown else _bad(rows)
            self.row_errors(rows, bad, "invalid", f"no such field: {unknown}." if unknown else "it is so")
        else:
            self.none(table, rows)

    def partly(self, table, rows):
        half = len(rows) // 2
        self.server.keep(table, rows[:half])
        left = [{"index": n, "errors": [{"reason": "backendError", "message": "?"}]} for n in range(half, len(rows))]
        self.tell(200, {"insertErrors": left})

    def status(self, code, reason):
        errors = [{"reason": reason, "message": f"told {reason}"}]
        self.tell(code, {"error": {"code": code, "message": f"told {reason}", "errors": errors}})

    def tell(self, code, body, *, cut=0):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: len(raw) - cut])
        self.wfile.flush()
        if cut:
            self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_):
        """Say nothing."""


def _bad(rows):
    return [number for number, row in enumerate(rows) if POISON in json.dumps(row) and "raw" not in row]


STOPPED = {"reason": "stopped", "message": "", "location": ""}


def _hang(handler):
    time.sleep(handler.server.hang)
    handler.close_connection = True


def _then(act):
    """Store first, and then misbehave: the rows are there, and nobody is told."""

    def stored(handler, table, rows):
        handler.server.keep(table, rows)
        act(handler)

    return stored


FAULTS = {
    "none": Handler.none,
    "hang": lambda handler, *_: _hang(handler),
    "commit, then hang": _then(_hang),
    "reset": lambda handler, *_: handler.reset(),
    "commit, then reset": _then(Handler.reset),
    "half an answer": lambda handler, *_: handler.tell(200, {"insertErrors": []}, cut=7),
    "commit, then half an answer": _then(lambda handler: handler.tell(200, {"kind": "x" * 50}, cut=20)),
    "no JSON": lambda handler, *_: handler.tell(200, b"<html>all is well</html>"),
    "partly": Handler.partly,
    "404": lambda handler, *_: handler.status(404, "notFound"),
    "403": lambda handler, *_: handler.status(403, "quotaExceeded"),
    "429": lambda handler, *_: handler.status(429, "rateLimitExceeded"),
    "500": lambda handler, *_: handler.status(500, "internalError"),
    "503": lambda handler, *_: handler.status(503, "backendError"),
    "413": lambda handler, *_: handler.status(413, "uploadTooLarge"),
    "400": lambda handler, *_: handler.status(400, "invalid"),
    "rows: timeout": lambda handler, _, rows: handler.row_errors(rows, [0], "timeout"),
    "rows: backendError": lambda handler, _, rows: handler.row_errors(rows, [len(rows) - 1], "backendError"),
    "rows: a column of tomorrow": Handler.of_yesterday,
    "rows: no such field": lambda handler, _, rows: handler.row_errors(rows, [0], "invalid", "no such field: x."),
}


@contextmanager
def faulty(**how):
    """Run one."""
    server = FaultyBigQuery(**how)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
