"""Something of our own through the whole path, awaited at its end: which link is silent?"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.canary_paths import NAME, Path
from svcerrors.warehouse import Warehouse

__all__ = ["Canary", "error", "fly", "heartbeat"]

POLL = 1.0
"""Seconds between two looks for the row."""

_ERROR = """
SELECT inserted_at FROM service_errors
WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY) AND error_id = @id
"""
_RUN = """
SELECT inserted_at FROM service_runs
WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY) AND run_id = @id
"""
_REJECTED = "SELECT raw FROM service_errors_rejected WHERE rejected_at >= @since"
_OTHERS = """
SELECT COUNT(*) AS rows_since FROM (
  SELECT inserted_at FROM service_errors WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY)
  UNION ALL
  SELECT inserted_at FROM service_runs WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY)
)
WHERE inserted_at >= @since
"""


@dataclass(frozen=True, slots=True)
class Canary:
    """What is sent.

    Attributes:
        line: What a service would write, as a JSON object.
        number: The id by which its row is known.
        row: The query that finds it.
    """

    line: dict[str, Any]
    number: str
    row: str


def error() -> Canary:
    """Return an error that is expected: a group and a row, and nothing that pages."""
    number = str(uuid.uuid4())
    record = {
        "schema_version": 1,
        "kind": "error",
        "error_id": number,
        "error_type": "svcerrors.Canary",
        "error_message": "sent by svcerrors canary",
        "error_category": "no_data_available",
        "mechanism": "manual",
        "handled": True,
    }
    return Canary(_line("ERROR", "svcerrors.Canary: sent by svcerrors canary", record), number, _ERROR)


def heartbeat() -> Canary:
    """Return a heartbeat: a row of service_runs, and no error."""
    number, name = str(uuid.uuid4()), f"heartbeat:{NAME}"
    record = {"schema_version": 1, "kind": "heartbeat", "run_id": number, "run_name": name, "status": "succeeded"}
    return Canary(_line("INFO", f"{name} succeeded", record), number, _RUN)


def fly(
    canary: Canary, path: Path, warehouse: Warehouse, timeout: float, sleep: Callable[[float], None] = time.sleep
) -> float:
    """Send a canary, and return the seconds until its row could be read.

    Args:
        canary: What to send.
        path: Where it is sent in.
        warehouse: Where it must come out.
        timeout: Seconds to wait for it.
        sleep: Waits between two looks.

    Raises:
        SvcErrorsError: It did not come, and this says which link is silent; or a link could not be asked.
    """
    warehouse.query(canary.row, {"id": canary.number})  # a store that cannot be read is told before anything is sent
    since, began = datetime.now(UTC), time.monotonic()
    path.send(canary.line)
    while not warehouse.query(canary.row, {"id": canary.number}).rows:
        if time.monotonic() - began > timeout:
            raise SvcErrorsError(f"no row after {timeout:g} s: {_silence(canary, path, warehouse, since)}")
        sleep(POLL)
    return time.monotonic() - began


def _line(severity: str, message: str, record: dict[str, Any]) -> dict[str, Any]:
    return {"severity": severity, "message": message, "svcerrors": record}


def _silence(canary: Canary, path: Path, warehouse: Warehouse, since: datetime) -> str:
    rejected = warehouse.query(_REJECTED, {"since": since}).rows
    if any(canary.number.encode() in raw for (raw,) in rejected):
        return "the sink took it for no log entry: `svcerrors query rejects` says why"
    [(others,)] = warehouse.query(_OTHERS, {"since": since}).rows
    if others:
        return f"the sink stored {others} other rows meanwhile, so the log filter did not let this one through"
    return path.blame(f'"{canary.number}"')
