"""The sink as a worker that pulls, for Cloud Run worker pools and Kubernetes: no request fee, and no push quota.

https://cloud.google.com/pubsub/docs/pull#streamingpull_api. The only file that knows google-cloud-pubsub.
"""

import queue
import re
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as StillRunning
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, Unauthenticated
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.pubsub_v1 import SubscriberClient
from google.cloud.pubsub_v1.subscriber.scheduler import Scheduler
from google.cloud.pubsub_v1.types import FlowControl

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.sink.held import Held
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.own import say
from svcerrors.sink.pulse import Pulse
from svcerrors.sink.receive import Receiver
from svcerrors.sink.waiting import MAX_BYTES, MAX_ROWS

__all__ = ["Puller", "check_subscription"]

LEASE_SECONDS = 10
"""What a killed worker had pulled comes again after so long; the client's own choice is 60. The lease of what is still
being written is renewed."""

FLOW = FlowControl(max_messages=MAX_ROWS, max_bytes=MAX_BYTES, max_duration_per_lease_extension=LEASE_SECONDS)
"""Messages held at once: one full write. What is not acknowledged keeps its place: a slow warehouse slows the pull."""

GRACE = 8.0
"""Seconds for closing the stream, for writing and for giving back together; Cloud Run kills what still runs 10 s after
SIGTERM."""

CLOSING_SECONDS = 2.0
"""Of them the part that writing leaves: one for the stream to end, one for acknowledgements to go out."""

STILL_SECONDS = 300.0
"""A stream on which nothing came for so long is opened anew, over a connection of its own: heartbeats come each minute,
and a stream may fall silent without a word (google-cloud-python#5562)."""

_TURN = 0.2
_NAME = re.compile(r"projects/[^/]+/subscriptions/[^/]+")
_GRANT = "give this account roles/pubsub.subscriber on it"
_HINTS: Mapping[type[GoogleAPICallError], str] = {
    NotFound: "there is no such subscription: create it, a pull subscription of the Log Router's topic",
    Forbidden: f"may not be pulled: {_GRANT}",
    Unauthenticated: "no valid credentials: gcloud auth application-default login",
}


def check_subscription(name: str) -> str:
    """Return the name of a subscription.

    Raises:
        UsageError: It is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no subscription: give projects/PROJECT/subscriptions/NAME")
    return name


class Puller:
    """Pulls one subscription into a sink.

    Args:
        receiver: The sink.
        subscription: `projects/PROJECT/subscriptions/NAME`.
        metrics: Counts, and tells.
    """

    def __init__(self, receiver: Receiver, subscription: str, metrics: Metrics) -> None:
        self._subscription = check_subscription(subscription)
        self._metrics = metrics
        self._held = Held(receiver, metrics)
        self._pulse = Pulse(receiver.own, subscription)

    def run(self, stopping: Event) -> None:
        """Pull until told to stop; what was pulled is then written and acknowledged, or given back.

        Raises:
            SvcErrorsError: The subscription cannot be pulled.
        """
        client = self._connected()
        try:
            while self._fell_still(client, stopping):
                say("NOTICE", f"svcerrors sink pull: nothing came for {STILL_SECONDS:g} s, pulls over a new stream")
                client = self._connected()
        finally:
            self._metrics.tell(last=True)
            self._pulse.end()

    def _fell_still(self, client: SubscriberClient, stopping: Event) -> bool:
        """Pull over one stream until it ends; tell whether it was ended because nothing came on it."""
        opened, is_still = monotonic(), Event()
        with client:
            at_once: Any = _AtOnce(lambda: None if is_still.is_set() else self._held.drain(GRACE - CLOSING_SECONDS))
            pulling = client.subscribe(self._subscription, self._held.take, flow_control=FLOW, scheduler=at_once)
            try:
                while not (is_still.is_set() or stopping.wait(_TURN) or pulling.done()):
                    self._held.give_back()
                    self._metrics.tell()
                    self._pulse.beat(self._held.came)
                    if monotonic() - max(opened, self._held.came) > STILL_SECONDS:
                        is_still.set()
            finally:
                self._end(pulling)
        return is_still.is_set()

    def _connected(self) -> SubscriberClient:
        try:
            return SubscriberClient()
        except DefaultCredentialsError as exc:
            hint = "no credentials: gcloud auth application-default login"
            raise SvcErrorsError(f"{self._subscription}: {hint}") from exc

    def _end(self, pulling: Any) -> None:
        pulling.cancel()
        try:
            with suppress(StillRunning):
                pulling.result(GRACE)
        except GoogleAPICallError as exc:
            hint = next((hint for kind, hint in _HINTS.items() if isinstance(exc, kind)), exc.message)
            raise SvcErrorsError(f"{self._subscription}: {hint}") from exc


class _AtOnce(Scheduler):
    """Takes each message in the thread that received it: taking is short, and a pool of threads costs more than it.

    Args:
        drain: Called when the stream has ended and no message comes any more, before acknowledgements cease to leave.
    """

    def __init__(self, drain: Callable[[], None]) -> None:
        self._drain = drain
        self._queue: queue.Queue[Any] = queue.Queue()

    @property
    def queue(self) -> "queue.Queue[Any]":
        """Return the queue by which acknowledgements leave."""
        return self._queue

    def schedule(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call back."""
        callback(*args, **kwargs)

    def shutdown(self, await_msg_callbacks: bool = False) -> list[Any]:  # noqa: ARG002, FBT001, FBT002  # as it is called
        """Drain; return the messages that were never taken: none."""
        self._drain()
        return []
