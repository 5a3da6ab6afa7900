"""Google's Pub/Sub emulator as a real server, spoken to over plain REST."""

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from svcerrors.ops.local.ports import free_port

SDK = Path(os.environ.get("SVCERRORS_CLOUD_SDK", "/usr/lib/google-cloud-sdk"))
START_SECONDS = 60
ATTEMPTS = 5
"""Deliveries before a message is given up: the fewest that Pub/Sub allows."""


def find_jar() -> Path:
    """Return the emulator of the cloud SDK; skip where there is none, fail where CI should have one."""
    found = sorted(SDK.glob("platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"))
    if not found or not shutil.which("java"):
        reason = f"no Pub/Sub emulator: java and {SDK}/platform/pubsub-emulator are needed (SVCERRORS_CLOUD_SDK)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return found[-1]


class PubSub:
    """An emulator that runs.

    Args:
        host: Its address.
    """

    def __init__(self, host):
        self.address = host.removeprefix("http://")
        self._project = f"{host}/v1/projects/project"

    def create(self, name, endpoint, dead=None, **push):
        """Create a topic, and a subscription of the same name that pushes to an endpoint.

        After ATTEMPTS a message goes to the topic `dead`, and waits in the subscription of that name.
        """
        self._call("PUT", f"topics/{name}", {})
        told = {
            "topic": f"projects/project/topics/{name}",
            "pushConfig": {"pushEndpoint": endpoint, **push},
            "ackDeadlineSeconds": 30,
        }
        if dead:  # with a retry policy besides, the emulator takes minutes to give a message up
            self._call("PUT", f"topics/{dead}", {})
            self._call("PUT", f"subscriptions/{dead}", {"topic": f"projects/project/topics/{dead}"})
            topic = {"deadLetterTopic": f"projects/project/topics/{dead}", "maxDeliveryAttempts": ATTEMPTS}
            told["deadLetterPolicy"] = topic
        else:
            told["retryPolicy"] = {"minimumBackoff": "0.1s", "maximumBackoff": "0.5s"}
        self._call("PUT", f"subscriptions/{name}", told)

    def peek(self, name):
        """Return the attributes of what waits in a subscription that is pulled, by its data, and leave it there."""
        got = self._call("POST", f"subscriptions/{name}:pull", {"maxMessages": 100, "returnImmediately": True})
        found = got.get("receivedMessages", [])
        if found:
            told = {"ackIds": [one["ackId"] for one in found], "ackDeadlineSeconds": 0}
            self._call("POST", f"subscriptions/{name}:modifyAckDeadline", told)
        return {base64.b64decode(one["message"]["data"]): one["message"].get("attributes", {}) for one in found}

    def push_to(self, name, endpoint):
        """Have a subscription that was pulled push to an endpoint, as gcloud's `modify-push-config` does."""
        self._call("POST", f"subscriptions/{name}:modifyPushConfig", {"pushConfig": {"pushEndpoint": endpoint}})

    def create_pull(self, name, ack_seconds=10):
        """Create a topic, and a subscription of the same name to be pulled; return the subscription's name."""
        self._call("PUT", f"topics/{name}", {})
        told = {"topic": f"projects/project/topics/{name}", "ackDeadlineSeconds": ack_seconds}
        self._call("PUT", f"subscriptions/{name}", told)
        return f"projects/project/subscriptions/{name}"

    def publish(self, name, messages):
        """Publish the bytes of messages."""
        given = [{"data": base64.b64encode(one).decode(), "attributes": {"a": "b"}} for one in messages]
        self._call("POST", f"topics/{name}:publish", {"messages": given})

    def _call(self, method, path, body):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._project}/{path}", json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@contextmanager
def running_pubsub(folder):
    """Run one; its log goes to a folder."""
    jar, port = find_jar(), free_port()
    with (Path(folder) / "log").open("wb") as log:
        command = ["java", "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            _await(process, f"http://127.0.0.1:{port}")
            yield PubSub(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
            process.wait()


def _await(process, host):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(host, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the Pub/Sub emulator does not listen")
