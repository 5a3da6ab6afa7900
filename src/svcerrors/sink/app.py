"""The sink as a plain HTTP handler for functions-framework.

A plain handler, because a CloudEvent handler answers 400 to a message without data and is then given it for ever.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

from svcerrors._errors import SvcErrorsError, UsageError, WarehouseError
from svcerrors.sink.intake import Intake
from svcerrors.sink.push import unwrap
from svcerrors.warehouse import open_warehouse

__all__ = ["Request", "create_app"]

DEFAULT_WAREHOUSE = "duckdb:.svcerrors"


class Request(Protocol):
    """What the handler needs of a Flask request."""

    method: str
    path: str

    def get_data(self) -> bytes:
        """Return the body."""


def create_app(environ: Mapping[str, str]) -> Callable[[Request], tuple[str, int]]:
    """Return the handler `receive`; called once, when the function boots.

    Args:
        environ: SVCERRORS_WAREHOUSE says where rows go, K_SERVICE that this is Cloud Run.

    Raises:
        SystemExit: The configuration cannot work; its text is one line.
    """
    try:
        intake = Intake(open_warehouse(_address(environ)), environ.get("SVCERRORS_SOURCE", "live"))
    except SvcErrorsError as exc:
        raise SystemExit(f"svcerrors sink: {exc}") from exc

    def receive(request: Request) -> tuple[str, int]:
        if request.method == "GET" and request.path == "/healthz":
            return "ok", 200
        if request.method != "POST":
            return "POST a Pub/Sub push, or GET /healthz", 405
        try:
            intake.store([unwrap(request.get_data())])
        except WarehouseError as exc:
            _complain(exc)
            return "not stored, deliver again", 503
        return "", 204

    return receive


def _address(environ: Mapping[str, str]) -> str:
    address = environ.get("SVCERRORS_WAREHOUSE", "")
    if "K_SERVICE" in environ and not address.startswith("bigquery:"):
        raise UsageError(
            "set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET; on Cloud Run any other store is memory that is lost"
        )
    return address or DEFAULT_WAREHOUSE


def _complain(exc: WarehouseError) -> None:
    line = {"severity": "ERROR", "message": f"svcerrors sink: {exc}", "error_type": type(exc).__name__}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
