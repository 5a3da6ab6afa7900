"""Log entries as Cloud Logging exports them, and the pushes that carry them."""

import base64
import itertools
import json
from datetime import UTC, datetime

TRACEBACK = """Traceback (most recent call last):
  File "/workspace/main.py", line 7, in handler
    return total(request)
  File "/workspace/shared/sums.py", line 3, in total
    raise ValueError("no total")
ValueError: no total"""

_ids = itertools.count()


def entry(payload=TRACEBACK, *, service="scores", severity="ERROR", log="stderr", at=None, **more):
    """Return the LogEntry of a text, or of a structured payload."""
    now = at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = {"textPayload": payload} if isinstance(payload, str) else {"jsonPayload": payload}
    return {
        "logName": f"projects/p/logs/run.googleapis.com%2F{log}",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {
                "project_id": "p",
                "service_name": service,
                "revision_name": f"{service}-00001-abc",
                "configuration_name": service,
                "location": "europe-west1",
            },
        },
        "timestamp": now,
        "receiveTimestamp": now,
        "insertId": f"id{next(_ids)}",
        "severity": severity,
        "labels": {"instanceId": "instance-1"},
        **body,
        **more,
    }


def push(data, *, message_id="17"):
    """Return the body of a wrapped Pub/Sub push that carries a log entry, or any bytes."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    message = {"data": base64.b64encode(raw).decode(), "messageId": message_id, "attributes": {"a": "b"}}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()
