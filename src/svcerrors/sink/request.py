"""A request and its answer, whichever server took it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from svcerrors._errors import SinkFull, SinkStopping, SvcErrorsError, TokenForeign, TokenInvalid, TokenUndecided

__all__ = ["BEATEN", "CUT", "NOT_STORED", "REFUSALS", "STORED", "Answer", "Incoming", "Verifier"]


class Answer(NamedTuple):
    """Status and text; never a word of the request."""

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as its server read it.

    Attributes:
        method: In capitals.
        path: Without the query.
        headers: Their names in lower case.
        body: At most `delivery.LIMIT` bytes and some more.
        size: How many bytes came, as far as they were counted.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    size: int


class Verifier(Protocol):
    """Decides who may push."""

    def verify(self, authorization: str) -> None:
        """Verify the header `Authorization`.

        Raises:
            TokenError: Its sender may not push.
        """


STORED = Answer(204)
BEATEN = Answer(200, "a heartbeat is on its way")
NOT_STORED = Answer(503, "not stored, deliver again")
CUT = Answer(400, "the body ends early, deliver again")

REFUSALS: dict[type[SvcErrorsError], Answer] = {
    TokenInvalid: Answer(401, "not authenticated"),
    TokenForeign: Answer(403, "not authorized"),
    TokenUndecided: Answer(503, "cannot authenticate now, deliver again"),
    SinkFull: Answer(429, "too much waits, deliver again"),
    SinkStopping: Answer(503, "stopping, deliver again"),
}
"""Pub/Sub delivers again after each of these (https://cloud.google.com/pubsub/docs/push#receive_push)."""
