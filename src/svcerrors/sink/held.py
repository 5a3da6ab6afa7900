"""Messages that a worker holds: acknowledged once they are stored, and given back, after a rest, when they are not."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Protocol

from svcerrors._errors import SinkBusy
from svcerrors.sink.delivery import read_all
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.receive import Receiver
from svcerrors.sink.waiting import Ticket

__all__ = ["Held", "Message"]

REST_SECONDS = 5.0
"""So long a message that could not be stored is kept before it is given back: given back at once, Pub/Sub delivers it
at once, and a warehouse that is away is asked as fast as the wires allow."""


class Message(Protocol):
    """What is needed of a Pub/Sub message."""

    @property
    def data(self) -> bytes:
        """What was published."""

    @property
    def message_id(self) -> str:
        """Pub/Sub's id of it."""

    @property
    def attributes(self) -> Mapping[str, str]:
        """What was published with it."""

    @property
    def publish_time(self) -> datetime:
        """When Pub/Sub received it."""

    def ack(self) -> object:
        """Acknowledge it."""

    def nack(self) -> object:
        """Have it delivered again."""


class Held:
    """Takes messages into a sink; the threads of a stream and those of the sink share it.

    Args:
        receiver: The sink.
        metrics: Counts.

    Attributes:
        came: The monotonic time at which the last message came; at first, that of the beginning.
    """

    def __init__(self, receiver: Receiver, metrics: Metrics) -> None:
        self._receiver = receiver
        self._metrics = metrics
        self._resting: deque[tuple[float, Message]] = deque()
        self.came = monotonic()

    def take(self, message: Message) -> None:
        """Take a message; return at once, its rows are written later."""
        self.came = monotonic()
        self._metrics.pulled()
        try:
            ticket = self._receiver.take(read_all(message.data, message.message_id, dict(message.attributes)))
        except SinkBusy:
            self._rest(message)
        else:
            ticket.add_done_callback(partial(self._settled, message)) if ticket else self._acknowledge(message)

    def give_back(self, rested: float = REST_SECONDS) -> None:
        """Give back what has rested for so many seconds."""
        before = monotonic() - rested
        while self._resting and self._resting[0][0] <= before:
            self._resting.popleft()[1].nack()
            self._metrics.given_back()

    def drain(self, grace: float) -> None:
        """Write what is held; give back what is not written.

        Args:
            grace: Seconds; what is being written then is neither acknowledged nor given back: its lease runs out.
        """
        self._receiver.commit.drain(grace)
        self.give_back(0.0)

    def _settled(self, message: Message, ticket: Ticket) -> None:
        if ticket.cancelled() or ticket.exception():
            self._rest(message)
        else:
            self._acknowledge(message)

    def _acknowledge(self, message: Message) -> None:
        message.ack()
        self._metrics.acknowledged(message.publish_time)

    def _rest(self, message: Message) -> None:
        self._resting.append((monotonic(), message))
