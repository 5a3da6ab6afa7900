"""The heartbeats of a worker that pulls: it says them by itself, for no schedule can call it."""

import socket
from time import monotonic
from uuid import uuid4

from svcerrors.sink.own import Own

__all__ = ["Pulse"]

BEAT_SECONDS = 60.0
"""Between two heartbeats, as `deploy.sh` has the sink that is pushed to asked for them."""

DEAF_SECONDS = 600.0
"""A worker to which nothing came for so long says no more that it pulls: heartbeats come each minute, and it
has listened over more than one stream by then."""

ENDED = "skipped"
"""The status of the heartbeat after which none comes."""


class Pulse:
    """The heartbeats of one worker, told apart from those of the workers beside it, which would hide its silence.

    Its name is made here: Cloud Run calls every host `localhost`, and whether it labels the entries of a worker pool
    with their instance is unconfirmed.

    Args:
        own: Writes the line.
        subscription: What the worker pulls.
    """

    def __init__(self, own: Own, subscription: str) -> None:
        self._own = own
        self._who = {"run_key": subscription, "instance_id": f"{socket.gethostname()}-{uuid4().hex[:8]}"}
        self._next = monotonic()

    def beat(self, came: float) -> None:
        """Say that this worker pulls, if a minute has passed, and if it does.

        Args:
            came: The monotonic time at which a message came last.
        """
        now = monotonic()
        if now >= self._next and now - came < DEAF_SECONDS:
            self._next = now + BEAT_SECONDS
            self._own.beat(**self._who)

    def end(self) -> None:
        """Say that this worker ended, and is not silent when nothing more is heard of it."""
        self._own.beat(ENDED, **self._who, reason="the worker ended")
