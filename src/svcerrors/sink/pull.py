"""The sink as a worker that pulls, for Cloud Run worker pools and Kubernetes: no request fee, and no push quota.

https://cloud.google.com/pubsub/docs/pull#streamingpull_api. The only file that knows google-cloud-pubsub.
"""

import queue
import re
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as StillRunning
from contextlib import suppress
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, Unauthenticated
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.pubsub_v1 import SubscriberClient
from google.cloud.pubsub_v1.subscriber.message import Message
from google.cloud.pubsub_v1.subscriber.scheduler import Scheduler
from google.cloud.pubsub_v1.types import FlowControl

from svcerrors._errors import SinkBusy, SinkStopping, SvcErrorsError, UsageError
from svcerrors.sink.delivery import read_all
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.receive import Receiver
from svcerrors.sink.waiting import MAX_BYTES, MAX_ROWS, Ticket

__all__ = ["Puller", "check_subscription"]

LEASE_SECONDS = 10
"""What a killed worker had pulled comes again after so long; the client's own choice is 60. The lease of what is still
being written is renewed."""

FLOW = FlowControl(max_messages=MAX_ROWS, max_bytes=MAX_BYTES, max_duration_per_lease_extension=LEASE_SECONDS)
"""Messages held at once: one full write. What is not acknowledged keeps its place: a slow warehouse slows the pull."""

REST_SECONDS = 5.0
"""So long a message that could not be stored is kept before it is given back: given back at once, Pub/Sub delivers it
at once, and a warehouse that is away is asked as fast as the wires allow."""

GRACE = 8.0
"""Seconds for writing, for giving back and for closing the stream together; Cloud Run kills what still runs 10 s after
SIGTERM."""

BEAT_SECONDS = 60.0
"""Between two heartbeats, as `deploy.sh` has the sink that is pushed to asked for them."""

CLOSING_SECONDS = 1.0
"""Of them the part that writing leaves for acknowledgements to go out."""

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
        self._receiver = receiver
        self._subscription = check_subscription(subscription)
        self._metrics = metrics
        self._resting: deque[tuple[float, Message]] = deque()
        self._next_beat = monotonic()

    def run(self, stopping: Event) -> None:
        """Pull until told to stop; what was pulled is then written and acknowledged, or given back.

        Raises:
            SvcErrorsError: The subscription cannot be pulled.
        """
        try:
            client = SubscriberClient()
        except DefaultCredentialsError as exc:
            hint = "no credentials: gcloud auth application-default login"
            raise SvcErrorsError(f"{self._subscription}: {hint}") from exc
        with client:
            at_once: Any = _AtOnce()
            pulling = client.subscribe(self._subscription, self._take, flow_control=FLOW, scheduler=at_once)
            try:
                while not stopping.wait(_TURN) and not pulling.done():
                    self._give_back(before=monotonic() - REST_SECONDS)
                    self._metrics.tell()
                    self._beat()
            finally:
                self._finish(pulling)

    def _finish(self, pulling: Any) -> None:
        deadline = monotonic() + GRACE
        self._receiver.commit.drain(GRACE - CLOSING_SECONDS)
        self._give_back(before=monotonic())
        pulling.cancel()
        try:
            with suppress(StillRunning):
                pulling.result(max(0.0, deadline - monotonic()))
        except GoogleAPICallError as exc:
            hint = next((hint for kind, hint in _HINTS.items() if isinstance(exc, kind)), exc.message)
            raise SvcErrorsError(f"{self._subscription}: {hint}") from exc
        finally:
            self._metrics.tell(last=True)

    def _beat(self) -> None:
        """Say each minute that this worker pulls: no schedule can call it, it has no door."""
        if monotonic() >= self._next_beat:
            self._next_beat = monotonic() + BEAT_SECONDS
            self._receiver.own.beat()

    def _take(self, message: Message) -> None:
        self._metrics.pulled()
        try:
            ticket = self._receiver.take(read_all(message.data, message.message_id, dict(message.attributes)))
        except SinkStopping:
            self._return(message)
        except SinkBusy:
            self._resting.append((monotonic(), message))
        else:
            ticket.add_done_callback(partial(self._settled, message)) if ticket else self._acknowledge(message)

    def _settled(self, message: Message, ticket: Ticket) -> None:
        if ticket.cancelled() or ticket.exception():
            self._resting.append((monotonic(), message))
        else:
            self._acknowledge(message)

    def _acknowledge(self, message: Message) -> None:
        message.ack()
        self._metrics.acknowledged(message.publish_time)

    def _return(self, message: Message) -> None:
        message.nack()
        self._metrics.given_back()

    def _give_back(self, before: float) -> None:
        while self._resting and self._resting[0][0] <= before:
            self._return(self._resting.popleft()[1])


class _AtOnce(Scheduler):
    """Takes each message in the thread that received it: taking is short, and a pool of threads costs more than it."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()

    @property
    def queue(self) -> "queue.Queue[Any]":
        """Return the queue by which acknowledgements leave."""
        return self._queue

    def schedule(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call back."""
        callback(*args, **kwargs)

    def shutdown(self, await_msg_callbacks: bool = False) -> list[Message]:  # noqa: ARG002, FBT001, FBT002  # as it is called
        """Return the messages that were never taken: none."""
        return []
