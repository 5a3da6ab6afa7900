"""What becomes of one request, whichever server took it."""

import json
from collections.abc import Sequence
from concurrent.futures import CancelledError

from svcerrors._errors import SinkBusy, TokenError, TokenUndecided
from svcerrors.sink.collapse import store_collapsed
from svcerrors.sink.commit import GroupCommit
from svcerrors.sink.delivery import LIMIT, Delivery
from svcerrors.sink.intake import Intake, quarantined, rows
from svcerrors.sink.own import Own
from svcerrors.sink.push import Push, oversized, unwrap
from svcerrors.sink.request import BEATEN, NOT_STORED, REFUSALS, STORED, Answer, Incoming, Verifier
from svcerrors.sink.settings import Settings
from svcerrors.sink.storing import REJECTED, Fate, Row, store
from svcerrors.sink.waiting import Ticket
from svcerrors.warehouse import Warehouse, open_warehouse

__all__ = ["QUEUE_SECONDS", "Receiver"]

QUEUE_SECONDS = 3.0
"""How long rows wait for a writer before their request is answered 503; more would outlast the ack deadline."""

WRITE_SECONDS = 3.0
"""After so long a write begins no further request to the warehouse."""


_ALIVE, _BEAT = "/healthz", "/heartbeat"
_POST = "POST a Pub/Sub push, or GET /healthz"


class Receiver:
    """Takes requests into one warehouse; safe to share between threads.

    Args:
        settings: How this sink runs.
        warehouse: Where rows go; that of the settings unless given.
        token: Verifies who pushes; what the settings ask for unless given.
    """

    def __init__(self, settings: Settings, warehouse: Warehouse | None = None, token: Verifier | None = None) -> None:
        self.settings = settings
        self.own = Own(settings)
        self._intake = Intake(warehouse or open_warehouse(settings.warehouse), settings.source, settings.sample_rate)
        self._token = token or _token(settings)
        self.commit = GroupCommit(self._store)

    def answer(self, incoming: Incoming) -> Answer:
        """Answer a request; return only when its rows are durable, or certain not to be written."""
        begun = self.begin(incoming)
        if isinstance(begun, Answer):
            return begun
        try:
            begun.exception(QUEUE_SECONDS)
        except TimeoutError:
            self.commit.withdraw(begun)
        return self.finish(begun)

    def begin(self, incoming: Incoming) -> Answer | Ticket:
        """Answer a request at once, or return the ticket of its rows."""
        if incoming.method == "GET" and incoming.path == _ALIVE:
            return Answer(200, json.dumps({"status": "ok", **self.own.counts()}))
        if incoming.method != "POST":
            return Answer(405, _POST)
        try:
            if self._token:
                self._token.verify(incoming.headers.get("authorization", ""))
            return self._beat() if incoming.path == _BEAT else self._pushed(_read(incoming))
        except (TokenError, SinkBusy) as exc:
            self.own.count(f"refused: {type(exc).__name__}")
            if isinstance(exc, TokenUndecided):
                self.own.failed(exc)
            return REFUSALS[type(exc)]

    def finish(self, ticket: Ticket) -> Answer:
        """Return the answer that a ticket stands for; waits until it is settled."""
        try:
            return NOT_STORED if ticket.exception() else STORED
        except CancelledError:
            return NOT_STORED

    def take(self, deliveries: Sequence[Delivery]) -> Ticket | None:
        """Queue the rows of deliveries that stand or fall together; None when they hold nothing to store.

        Raises:
            SinkBusy: Too much waits already, or the sink stops.
        """
        found = [row for delivery in deliveries for row in self._rows_of(delivery)]
        return self.commit.submit(found) if found else None

    def _beat(self) -> Answer:
        self.own.beat()
        return BEATEN

    def _pushed(self, push: Push) -> Answer | Ticket:
        wanted = self.settings.subscription
        if wanted and push.subscription != wanted:
            self.own.count("refused: another subscription")
            return Answer(403, "another subscription")
        return self.take(push.deliveries) or STORED

    def _rows_of(self, delivery: Delivery) -> list[Row]:
        try:
            if self.own.is_own(delivery.entry):
                self.own.dropped()
                return []
            return rows(delivery, self.settings.source, self.settings.sample_rate)
        except Exception as exc:  # noqa: BLE001  # a bug of ours must not bring a message back for ever
            told = rows(self.own.broke(exc), self.settings.source)
            return quarantined(delivery, f"a bug of svcerrors: {type(exc).__name__}", self.settings.source) + told

    def _store(self, given: Sequence[Row]) -> list[Fate]:
        failures = self.own.take()
        told = [row for one in failures for row in rows(self.own.told(one), self.settings.source)]
        try:
            fates = self._written([*given, *told])
        except Exception as exc:  # a bug of ours: what waits is told, and without this nobody else would be
            self.own.give_back(failures)
            self.own.failed(exc, rows=len(given))
            raise
        self.own.give_back([one for one, fate in zip(failures, fates[len(given) :], strict=True) if fate])
        self._note(given, fates[: len(given)])
        return fates[: len(given)]

    def _written(self, found: Sequence[Row]) -> list[Fate]:
        where, more_than = self._intake, self.settings.collapse
        if more_than is None:
            return store(where.warehouse, found, where.set_aside, WRITE_SECONDS)
        return store_collapsed(where.warehouse, found, where.set_aside, WRITE_SECONDS, more_than)

    def _note(self, given: Sequence[Row], fates: Sequence[Fate]) -> None:
        for exc in {id(fate): fate for fate in fates if fate}.values():
            self.own.failed(exc, rows=sum(fate is exc for fate in fates))
        self.own.count("rows stored", sum(fate is None for fate in fates))
        self.own.count("rows to quarantine", sum(row.table == REJECTED for row in given))


def _read(incoming: Incoming) -> Push:
    if incoming.size > LIMIT:
        return oversized(incoming.body, incoming.size)
    return unwrap(incoming.body, incoming.headers)


def _token(settings: Settings) -> Verifier | None:
    if not (settings.audience and settings.account):
        return None
    from svcerrors.sink.oidc import PushToken  # noqa: PLC0415  # google-auth, of the extra `sink`

    return PushToken(settings.audience, settings.account)
