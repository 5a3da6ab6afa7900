"""The installed Google Cloud SDK: its help, and its real command lines with a server of ours in Google's place."""

import json
import os
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

APIS = (
    "artifactregistry", "cloudbuild", "cloudresourcemanager", "cloudscheduler", "iam", "logging", "monitoring",
    "pubsub", "run", "secretmanager", "serviceusage", "storage",
)  # fmt: skip
STYLED = re.compile(r"\x1b\[[0-9;]*m")


def find(tool):
    """Return gcloud or bq; skip where there is none, fail where CI should have it."""
    if found := shutil.which(tool):
        return found
    reason = f"no {tool}: install the Google Cloud SDK with its components alpha and beta"
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    raise AssertionError  # neither returns


def environment(home, host=None):
    """Return an environment in which gcloud and bq have a token that nobody issued, and every API is at `host`.

    It is reached as a proxy: gcloud puts the region before the name of the machine that it is told.
    """
    token = Path(home, "token")
    token.write_text("a-token-of-nobody")
    settings = {
        "CONFIG": str(Path(home, "config")),
        "AUTH_ACCESS_TOKEN_FILE": str(token),
        "CORE_DISABLE_PROMPTS": "1",
        "CORE_DISABLE_USAGE_REPORTING": "1",
        "COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        **{f"API_ENDPOINT_OVERRIDES_{api.upper()}": "http://google.test/" for api in APIS},
    }
    proxy = {"http_proxy": host, "no_proxy": "127.0.0.1"} if host else {}
    return {**os.environ, **proxy, **{f"CLOUDSDK_{name}": value for name, value in settings.items()}}


def ask(environ, *command):
    """Run a command; return the finished process, its output without colours."""
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100, check=False)
    return subprocess.CompletedProcess(
        command, done.returncode, STYLED.sub("", done.stdout), STYLED.sub("", done.stderr)
    )


def refuse(*_):
    """Answer as an API does that grants nothing to anyone."""
    return 403, {"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}


@contextmanager
def api(answer=refuse):
    """Serve an API; yield its address, and what it was asked: (method, path, body)."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in self.headers.get("Content-Type", "")
            url = urlsplit(self.path)  # whole, where we are a proxy
            one = (self.command, f"{url.path}?{url.query}", json.loads(sent) if sent and is_json else None)
            asked.append(one)
            status, told = answer(*one)
            said = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "CONNECT"):  # the last for what goes by gRPC
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def bq(environ, host, *words):
    """Run bq itself against a BigQuery at `host`, which does not tell what it can do: the SDK holds that in a file."""
    tool = find("bq")
    (discovery,) = Path(tool).resolve().parents[1].glob("platform/bq/discovery_next/bigquery.json")
    return ask(environ, tool, f"--api={host}", f"--discovery_file={discovery}", *words)
