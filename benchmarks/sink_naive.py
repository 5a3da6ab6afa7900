"""What one writes in an afternoon: one message, one insert, the framework's own CloudEvent handler and threads."""

import base64
import json
from functools import cache
from typing import Any

import functions_framework
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery


@cache
def client() -> bigquery.Client:
    """Return the one client of this process."""
    return bigquery.Client("p", credentials=AnonymousCredentials())


@functions_framework.cloud_event
def receive(event: Any) -> None:
    """Write one row about one log entry."""
    entry = json.loads(base64.b64decode(event.data["message"]["data"]))
    row = {
        "error_timestamp": entry["timestamp"],
        "service_name": entry["resource"]["labels"]["service_name"],
        "error_message": entry["textPayload"].rpartition("\n")[2],
        "stack_trace": entry["textPayload"],
        "severity": entry["severity"],
    }
    if faults := client().insert_rows_json("p.d.service_errors", [row]):
        raise RuntimeError(faults)
