"""How far a backfill came: a small file beside the warehouse, there only while one is unfinished."""

import hashlib
import json
import os
from pathlib import Path

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.backfill.window import Window, rfc3339
from svcerrors.ops.warehouses import DEFAULT

__all__ = ["Journal"]


class Journal:
    """The file of one backfill: what it reads, and into which warehouse, names it.

    Args:
        where: Address of the warehouse; that of a shared one is kept where a local one would be.
        window: What is read.
    """

    def __init__(self, where: str, window: Window) -> None:
        folder = (where if where.startswith("duckdb:") else DEFAULT).removeprefix("duckdb:")
        told = json.dumps([where, window.resources, window.wanted])
        self._window = window
        self.path = Path(folder).expanduser() / f"backfill-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json"

    def begin(self) -> str:
        """Return from when on entries are still wanted, an RFC 3339 time: where the last one broke off, or the start.

        What an earlier one did counts only where it began no later than this one, and came into its time.
        """
        start = rfc3339(self._window.since)
        try:
            written = json.loads(self.path.read_text("utf-8"))
            since, reached = str(written["since"]), str(written["reached"])
            is_ours = since <= start and self._window.part_before(reached) > 0
        except (OSError, ValueError, KeyError, TypeError):
            return start
        return reached if is_ours else start

    def reach(self, reached: str) -> None:
        """Note that all before a time is stored.

        Raises:
            SvcErrorsError: The file cannot be written.
        """
        scratch = self.path.with_suffix(f".{os.getpid()}.tmp")
        written = {"since": rfc3339(self._window.since), "reached": reached}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps(written), "utf-8")
            scratch.replace(self.path)
        except OSError as exc:
            raise SvcErrorsError(f"{self.path}: {exc.strerror}: is there space, and the right to write?") from exc

    def forget(self) -> None:
        """Note that all is done."""
        self.path.unlink(missing_ok=True)
