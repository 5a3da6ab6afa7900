"""Errors of any WSGI application: what it raises, also while its body is read, and what it answers 500 or more."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from svcerrors._answers import see_status
from svcerrors._context import incoming, wrappers
from svcerrors._once import tally
from svcerrors._options import Options, Types, check
from svcerrors._plan import WATCHED, Plan, failed
from svcerrors._record import record
from svcerrors.integrations.functions_framework import original

__all__ = ["Middleware"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Middleware:
    """A WSGI application around another: `app.wsgi_app = Middleware(app.wsgi_app)`.

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
        self._plan = Plan(Options(labels or {}, expected=expected, service=service), ignore, mechanism="wsgi")

    def see(self, exc: BaseException) -> None:
        """Record what a framework inside has caught."""
        if not isinstance(exc, self._plan.ignore):
            record(original(exc), self._plan.mechanism, handled=False, options=self._plan.options)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as the application does."""
        answer = _Answer(_Request(environ), start_response, self._plan)
        try:
            body = self._app(environ, answer.start)
        except WATCHED:
            answer.fail()
            raise
        if isinstance(body, list | tuple) or type(body) is environ.get("wsgi.file_wrapper"):
            answer.end()
            return body
        return _Body(body, answer)


wrappers.add(Middleware.__call__.__code__)


class _Request:
    """What `_context` reads of a request."""

    def __init__(self, environ: Environ) -> None:
        self._environ, self.headers = environ, self
        self.method = str(environ.get("REQUEST_METHOD", "GET"))
        self.path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
        self.remote_addr = environ.get("REMOTE_ADDR")

    @property
    def url(self) -> str:
        environ = self._environ
        host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
        return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{self.path}"

    def get(self, name: str) -> str | None:
        value = self._environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return None if value is None else str(value)


class _Answer:
    """One request, from its arrival to the end of its body."""

    def __init__(self, request: _Request, start_response: StartResponse, plan: Plan) -> None:
        self._request, self._start, self._plan = request, start_response, plan
        self._status, self._is_over = 0, False
        self._before = tally.open()
        incoming.set(request)

    def start(self, status: str, *rest: Any) -> Any:
        self._status = int(status[:3]) if status[:3].isdecimal() else 0
        return self._start(status, *rest)

    def fail(self) -> None:
        failed(self._plan)
        self._leave()

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            see_status(self._status, self._request, self._before, (self._plan.mechanism, self._plan.options))
            self._leave()

    def _leave(self) -> None:
        if incoming.get() is self._request:
            incoming.set(None)


class _Body:
    """The body of an answer that is made while it is read."""

    def __init__(self, body: Iterable[bytes], answer: _Answer) -> None:
        self._body, self._answer = body, answer
        self._items: Iterator[bytes] | None = None

    def __iter__(self) -> "_Body":
        return self

    def __next__(self) -> bytes:
        try:
            self._items = iter(self._body) if self._items is None else self._items
            return next(self._items)
        except StopIteration:
            raise
        except WATCHED:
            self._answer.fail()
            raise

    def close(self) -> None:
        try:
            getattr(self._body, "close", lambda: None)()
        finally:
            self._answer.end()

    def __del__(self) -> None:
        self._answer.end()  # a server that never closed it has dropped it
