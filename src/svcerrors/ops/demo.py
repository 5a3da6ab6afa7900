"""The incident again, with real processes: what died, what was seen of it, and how soon."""

import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from svcerrors._errors import SvcErrorsError
from svcerrors.ops.local.caller import call
from svcerrors.ops.local.chain import LocalChain
from svcerrors.ops.local.identity import Identity
from svcerrors.warehouse import Warehouse

__all__ = ["Arrival", "run"]

READY_TIMEOUT = 30.0
"""Seconds in which a service must listen or be dead."""

POLL = 0.05
"""Seconds between two looks for new rows."""

_FUNCTION = (sys.executable, "-m", "functions_framework", "--host", "127.0.0.1", "--port", "{port}", "--target")
_GUNICORN = (sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "1", "app:app")


@dataclass(frozen=True, slots=True)
class Scene:
    """One process of the demo.

    Attributes:
        says: What a person is told before it starts.
        folders: Folders of examples/, laid over each other to make its bundle.
        calls: How often it is called once it listens.
    """

    says: str
    identity: Identity
    folders: tuple[str, ...]
    command: tuple[str, ...]
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row that could be queried `seconds` after the process wrote the line."""

    service_name: str
    error_type: str
    seconds: float


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            "phase1-schedule does its work",
            Identity("phase1-schedule", "service", "phase1-schedule-00007-kub"),
            ("phase1_schedule",),
            (*_FUNCTION, "schedule"),
            calls=3,
        ),
        Scene(
            "phase3-to-phase4, revision 00030, orchestrates",
            Identity("phase3-to-phase4", "service", "phase3-to-phase4-00030-hiv"),
            ("phase3_to_phase4", "phase3_to_phase4_whole"),
            (*_FUNCTION, "orchestrate"),
            calls=1,
        ),
        Scene(
            "phase3-to-phase4 is deployed again, as 00031, without shared/utils",
            Identity("phase3-to-phase4", "service", "phase3-to-phase4-00031-dux"),
            ("phase3_to_phase4",),
            (*_FUNCTION, "orchestrate"),
            calls=1,
        ),
        Scene(
            "phase2-scraper lacks a setting: no gunicorn worker boots",
            Identity("phase2-scraper", "service", "phase2-scraper-00012-wol"),
            ("phase2_scraper",),
            _GUNICORN,
        ),
        Scene(
            "phase4-precompute fails on one request in three",
            Identity("phase4-precompute", "service", "phase4-precompute-00002-nim"),
            ("phase4_precompute",),
            (*_FUNCTION, "precompute"),
            calls=6,
        ),
        Scene(
            "phase5-predictions, a job, crashes in a thread and exits 1",
            Identity("phase5-predictions", "job", "phase5-predictions-x7k2p"),
            ("phase5_predictions",),
            (sys.executable, "job.py"),
        ),
    )


def run(where: str, tell: Callable[[str], None], *, port: int | None = None) -> list[Arrival]:
    """Play the incident into a warehouse; return how soon each error could be queried.

    Args:
        where: Address of the warehouse.
        tell: Takes each line that a person reads meanwhile.
        port: Where the sink listens; None takes a free one.

    Raises:
        SvcErrorsError: A link of the chain did not hold.
    """
    with tempfile.TemporaryDirectory(prefix="svcerrors-demo-") as folder, LocalChain(where, port=port) as chain:
        with _watching(chain.warehouse) as arrivals:
            for number, scene in enumerate(_scenes()):
                tell(scene.says)
                _play(chain, scene, Path(folder, str(number)))
            chain.drain()
        if chain.lost:
            raise SvcErrorsError(f"the sink did not take {chain.lost} entries")
        return arrivals


def _play(chain: LocalChain, scene: Scene, bundle: Path) -> None:
    with as_file(files("svcerrors.examples")) as examples:
        for folder in scene.folders:
            shutil.copytree(examples / folder, bundle, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    process = chain.start(scene.identity, scene.command, cwd=bundle)
    if scene.identity.kind == "service":
        process.is_ready(READY_TIMEOUT)
        for _ in range(scene.calls):
            call(scene.identity, process.url, chain.send)
        process.stop()
    elif process.wait(READY_TIMEOUT) is None:
        raise SvcErrorsError(f"{scene.identity.name} did not end within {READY_TIMEOUT:.0f} s")


@contextmanager
def _watching(warehouse: Warehouse) -> Iterator[list[Arrival]]:
    """Look for new rows as a reader would, until the block ends, and once more then."""
    arrivals: list[Arrival] = []
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        rows = warehouse.query(
            "SELECT error_id, service_name, error_type, error_timestamp FROM service_errors_unique"
        ).rows
        now = datetime.now(UTC)
        for error_id, service_name, error_type, at in rows:
            if error_id not in seen:
                seen.add(error_id)
                arrivals.append(Arrival(service_name, error_type, (now - at).total_seconds()))

    def keep_looking() -> None:
        while not over.wait(POLL):
            look()

    thread = threading.Thread(target=keep_looking)
    thread.start()
    try:
        yield arrivals
    finally:
        over.set()
        thread.join()
    look()
