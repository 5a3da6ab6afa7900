"""A Cloud Logging of our own: entries.list over real HTTP, which misbehaves as it is told."""

import json
import socket
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.logfilter import Filter


class CloudLogging(ThreadingHTTPServer):
    """Answers entries.list over the entries that it holds; each request takes the next fault of the schedule.

    Faults: a status to answer; `empty`, a page without entries and with a token; `repeat`, the page before under a new
    token; `loop`, the token that was asked with; `forget`, the tokens given so far; `reset`, `cut`, `slow`.

    Attributes:
        entries: What is in the log.
        page: Entries of a page at most.
        delay: Seconds before each answer.
        requests: The bodies that came, and when.
    """

    daemon_threads = True

    def __init__(self, entries=(), page=10, delay=0.0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.entries, self.page, self.delay = list(entries), page, delay
        self.schedule, self.requests, self.tokens = deque(), [], {}
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, body):
        with self.lock:
            self.requests.append({**body, "at": time.monotonic()})
            return self.schedule.popleft() if self.schedule else None

    def answer(self, body, fault):
        """Return status and JSON, as the API answers."""
        wanted, token = Filter(body["filter"]), body.get("pageToken")
        if fault == "forget":
            self.tokens.clear()
        if token and token not in self.tokens:
            return 400, {"error": {"code": 400, "message": "page_token doesn't match arguments from the request"}}
        start = self.tokens.get(token, 0)
        found = sorted(
            (one for one in self.entries if wanted(one)), key=lambda one: (one["timestamp"], one["insertId"])
        )
        if fault == "empty":
            return 200, {"nextPageToken": self.token(start)}
        if fault == "repeat":
            start = max(0, start - self.page)
        page = found[start : start + min(self.page, body["pageSize"])]
        answered = {"entries": page} if page else {}
        if fault == "loop":
            return 200, answered | {"nextPageToken": token or self.token(0)}
        if start + len(page) < len(found):
            answered["nextPageToken"] = self.token(start + len(page))
        return 200, answered

    def token(self, start):
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = start
        return token


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.server.take(body)
        time.sleep(self.server.delay + (1 if fault == "slow" else 0))
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        if isinstance(fault, int):
            status, answer = fault, {"error": {"code": fault, "message": f"answered {fault}"}}
        else:
            status, answer = self.server.answer(body, fault)
        self.reply(status, json.dumps(answer)[: 20 if fault == "cut" else None].encode())

    def reply(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving(entries=(), **more):
    """Run one on a free port of loopback."""
    server = CloudLogging(entries, **more)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
