"""Any service or job under the whole chain, on this machine."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.local.chain import LocalChain
from svcerrors.ops.local.identity import Identity
from svcerrors.sink import Delivery, records

__all__ = ["run"]

READY_TIMEOUT = 240.0
"""Seconds in which a service must listen, as on Cloud Run."""


def run(
    command: Sequence[str],
    *,
    where: str,
    tell: Callable[[str], None],
    echo: Callable[[str], None],
    name: str | None = None,
    kind: Literal["service", "job"] = "service",
    port: int | None = None,
) -> int:
    """Run a command until it ends or is interrupted; return its exit code.

    Args:
        command: Program and arguments; `{port}` stands for the port that it is to listen on.
        where: Address of the warehouse.
        tell: Takes what the chain has to say: what it runs, and each error that became a row.
        echo: Takes the lines that the program writes.
        name: Its service name; that of the folder unless given.
        kind: What it would be on Cloud Run.
        port: Where the sink listens; None takes a free one.

    Raises:
        SvcErrorsError: A link of the chain did not hold.
    """

    def delivered(entry: dict[str, Any], seconds: float) -> None:
        for record in records(Delivery(b"", entry), "local"):
            row = record.row()
            if record.table == "service_errors":
                tell(f"{row['error_type']}: {row['error_message'][:200]} (a row after {seconds * 1000:.0f} ms)")

    name = name or Path.cwd().name
    with LocalChain(where, port=port, delivered=delivered) as chain:
        process = chain.start(Identity(name, kind, f"{name}-{int(time.time()):x}"), command, echo=echo)
        tell(f"{name} runs, PORT={process.port}; its errors go to {where}")
        threading.Thread(target=process.is_ready, args=(READY_TIMEOUT,), daemon=True).start()
        code = _until_end(process.wait)
        chain.drain()
        if chain.lost:
            raise SvcErrorsError(f"the sink did not take {chain.lost} entries: {chain.last_words()}")
    return code


def _until_end(wait: Callable[[], int | None]) -> int:
    try:
        return wait() or 0
    except KeyboardInterrupt:
        return 0
