"""A Cloud Logging of our own for the real gcloud: what is written to it goes on to a router, and can be read."""

import json
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.google_sdk import environment, find


@contextmanager
def cloud_logging(folder, route, *, status=200):
    """Run one; yield the environment in which gcloud talks to it. Skips where there is none, fails where CI has none.

    Args:
        folder: Where gcloud may keep its own files.
        route: Takes each entry, as a Log Router would.
        status: What it answers.
    """
    find("gcloud")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.route, server.status, server.entries = route, status, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    here = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"http://127.0.0.1:{server.server_port}/"}
    theirs = {name: value for name, value in environment(folder).items() if name.startswith("CLOUDSDK_")}
    try:
        yield theirs | here
    finally:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.write(told["entries"]) if "entries:write" in self.path else self.found(told["filter"])
        if self.server.status != 200:
            answer = {"error": {"code": self.server.status, "message": "told so", "status": "PERMISSION_DENIED"}}
        raw = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def write(self, entries):
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for one in entries:
            made = {"timestamp": now, "receiveTimestamp": now, "insertId": uuid.uuid4().hex, **one}
            self.server.entries.append(made)
            self.server.route(made)
        return {}

    def found(self, wanted):
        words = wanted.rpartition(" AND ")[2].strip('"')
        return {"entries": [one for one in self.server.entries if words in json.dumps(one)]}

    def log_message(self, *_):
        """Say nothing."""
