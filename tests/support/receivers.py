"""Receivers of alerts: real HTTP servers that answer as they are told."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """A webhook: its address, what it was sent, and what it answers, the last answer for ever."""

    url: str
    answers: list
    bodies: list = field(default_factory=list)
    headers: list = field(default_factory=list)


def hang(_):
    """Answer nothing, longer than anyone waits."""
    time.sleep(8)


def drip(handler):
    """Answer a byte now and then, for ever: no single read ever times out."""
    for _ in range(80):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def cut(handler):
    """Break the connection in the middle of an answer."""
    handler.wfile.write(b"HTTP/1.1 20")
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def receiving(*scripted):
    """Run a receiver; each answer is a status, (status, headers, body), or a function of the handler."""
    answers = list(scripted)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.bodies.append(json.loads(told))
            receiver.headers.append(dict(self.headers))
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if callable(answer):
                answer(self)
                return
            status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            receiver.bodies.append("GET")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.handle_error = lambda *_: None
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/T0/secret", answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
