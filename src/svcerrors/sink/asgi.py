"""The sink as an ASGI application: `uvicorn svcerrors.sink.asgi:app`. One thread takes any number of requests.

https://asgi.readthedocs.io/en/latest/specs/main.html.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import cache
from types import FrameType
from typing import Any

from svcerrors._errors import SvcErrorsError
from svcerrors._redact import use_emails
from svcerrors._rules import use_rules
from svcerrors.sink.delivery import LIMIT
from svcerrors.sink.own import say
from svcerrors.sink.receive import QUEUE_SECONDS, Receiver
from svcerrors.sink.request import Answer, Incoming
from svcerrors.sink.settings import Settings
from svcerrors.sink.waiting import Ticket
from svcerrors.sink.wakeup import Wakeup
from svcerrors.warehouse import require_library

__all__ = ["Application", "create_asgi"]

GRACE = 8.0
"""Seconds; Cloud Run kills what still runs 10 s after SIGTERM (https://cloud.google.com/run/docs/container-contract)."""

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


def create_asgi(environ: Mapping[str, str]) -> "Application":
    """Return the application.

    Args:
        environ: The variables of sink_function/README.md.

    Raises:
        SystemExit: The configuration cannot work; its text is one line.
    """
    try:
        settings = Settings.read(environ)
        use_rules(environ)
        use_emails(environ)
        require_library(settings.warehouse)
        receiver = Receiver(settings)
    except SvcErrorsError as exc:
        raise SystemExit(f"svcerrors sink: {exc}") from exc
    say("NOTICE", settings.describe())
    return Application(receiver)


class Application:
    """An ASGI application around one receiver."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._wakeup = Wakeup()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and (incoming := await _incoming(scope, receive)):
            answer = await self._answer(incoming)
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.text.encode()})

    async def _answer(self, incoming: Incoming) -> Answer:
        # A token may need a certificate, and that a call: not in the loop.
        checks = self._receiver.settings.audience is not None
        begun = await asyncio.to_thread(self._receiver.begin, incoming) if checks else self._receiver.begin(incoming)
        if isinstance(begun, Answer):
            return begun
        await self._settled(begun)
        return self._receiver.finish(begun)

    async def _settled(self, ticket: Ticket) -> None:
        loop = asyncio.get_running_loop()
        settled = loop.create_future()
        ticket.add_done_callback(lambda _: self._wakeup.tell(loop, settled))
        late = loop.call_later(QUEUE_SECONDS, self._receiver.commit.withdraw, ticket)
        try:
            await settled
        finally:
            late.cancel()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                _on_sigterm(self._receiver.commit.stop)
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(self._receiver.commit.drain, GRACE)
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _incoming(scope: Mapping[str, Any], receive: Receive) -> Incoming | None:
    """Return a request, None where its sender left before its end: what came is no junk, and the whole comes again."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        piece = event.get("body", b"")
        if size <= LIMIT:
            parts.append(piece)
        size, more = size + len(piece), event.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Incoming(scope["method"], scope["path"], headers, b"".join(parts), size)


def _on_sigterm(stop: Callable[[], None]) -> None:
    former = signal.getsignal(signal.SIGTERM)

    def stopped(number: int, frame: FrameType | None) -> None:
        stop()
        if callable(former):
            former(number, frame)

    with suppress(ValueError):  # not in the main thread: whoever runs the server there stops it, too
        signal.signal(signal.SIGTERM, stopped)


@cache
def _application() -> Application:
    return create_asgi(os.environ)


def __getattr__(name: str) -> Application:
    if name == "app":  # made when a server asks for it, not when the module is looked at
        return _application()
    raise AttributeError(name)
