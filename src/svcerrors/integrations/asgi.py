"""Errors of any ASGI application, FastAPI and Starlette among them: what it raises, and what it answers 500 or more."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from svcerrors._answers import see_status
from svcerrors._context import incoming, wrappers
from svcerrors._event import BODY_LIMIT
from svcerrors._once import tally
from svcerrors._options import Options, Types, check
from svcerrors._plan import WATCHED, Plan, failed

__all__ = ["Middleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUESTS = ("http", "websocket")


class Middleware:
    """An ASGI application around another: `app.add_middleware(Middleware)`, or `Middleware(app)` around all of it.

    Args:
        app: The application.
        labels: Recorded with its errors.
        service: Whose errors they are; the program's own name unless set.
        ignore: Exception classes that pass unrecorded.
        expected: Exception classes that are recorded as `no_data_available`.

    Raises:
        UsageError: An option has a value that it cannot have.
    """

    def __init__(
        self,
        app: Application,
        *,
        labels: Mapping[str, Any] | None = None,
        service: str | None = None,
        ignore: Types = (),
        expected: Types = (),
    ) -> None:
        check(labels=labels or {}, service=service, ignore=ignore, expected=expected)
        self._app = app
        self._plan = Plan(Options(labels or {}, expected=expected, service=service), ignore, mechanism="asgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as the application does."""
        request = _Request(scope) if scope["type"] in _REQUESTS else None
        before, statuses = tally.open(), [0]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[0] = message["status"]
            await send(message)

        token = incoming.set(request)
        try:
            await self._app(scope, request.reading(receive) if request else receive, sending)
            see_status(statuses[0], request, before, (self._plan.mechanism, self._plan.options))
        except WATCHED:
            failed(self._plan)
            raise
        finally:
            incoming.reset(token)


wrappers.add(Middleware.__call__.__code__)


class _Request:
    """What `_context` reads of a request."""

    def __init__(self, scope: Scope) -> None:
        self._scope, self.headers = scope, self
        self.method = str(scope.get("method", "GET"))
        self.path = str(scope.get("path", ""))
        self._body = b""

    def reading(self, receive: Receive) -> Receive:
        """Return what receives, and keeps what the application reads of a body that may be an event."""
        if "json" not in (self.get("Content-Type") or ""):
            return receive

        async def keeping() -> Message:
            message = await receive()
            if len(self._body) <= BODY_LIMIT:
                self._body += message.get("body", b"")
            return message

        return keeping

    @property
    def remote_addr(self) -> str | None:
        client = self._scope.get("client")
        return client[0] if client else None

    @property
    def url(self) -> str:
        return f"{self._scope.get('scheme', 'http')}://{self.get('Host') or ''}{self.path}"

    def get(self, name: str) -> str | None:
        wanted = name.lower().encode("latin-1")
        found = next((value for key, value in self._scope.get("headers", ()) if key.lower() == wanted), None)
        return None if found is None else found.decode("latin-1")
