"""The sink as a plain HTTP handler for functions-framework.

A plain handler, because a CloudEvent handler answers 400 to a message without data and is then given it for ever.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import BinaryIO, Protocol

from svcerrors._errors import SvcErrorsError
from svcerrors._redact import use_emails
from svcerrors._rules import use_rules
from svcerrors.sink.delivery import LIMIT
from svcerrors.sink.own import say
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import CUT, Incoming
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import require_library

__all__ = ["Headers", "Request", "create_app"]

_PIECE = 1_000_000


class Headers(Protocol):
    """What the handler needs of a request's headers."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names and values."""


class Request(Protocol):
    """What the handler needs of a Flask request."""

    method: str
    path: str
    headers: Headers
    stream: BinaryIO
    content_length: int | None


def create_app(environ: MutableMapping[str, str]) -> Callable[[Request], tuple[str, int]]:
    """Return the handler `receive`; called once, when the function boots.

    Args:
        environ: The variables of sink_function/README.md; THREADS is set in it for functions-framework.

    Raises:
        SystemExit: The configuration cannot work; its text is one line.
    """
    try:
        settings = Settings.read(environ)
        use_rules(environ)
        use_emails(environ)
        require_library(settings.warehouse)
        settings.claim_threads(environ)
        receiver = Receiver(settings)
    except SvcErrorsError as exc:
        raise SystemExit(f"svcerrors sink: {exc}") from exc
    say("NOTICE", settings.describe())

    def receive(request: Request) -> tuple[str, int]:
        try:
            incoming = _incoming(request)
        except OSError:  # what came is no junk to keep: the whole comes again
            return CUT.text, CUT.status
        answer = receiver.answer(incoming)
        return answer.text, answer.status

    return receive


def _incoming(request: Request) -> Incoming:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = request.stream.read(LIMIT + 1)
    size = len(body)
    while piece := request.stream.read(_PIECE):  # what is left here functions-framework reads, and holds, whole
        size += len(piece)
    if size < (request.content_length or 0):
        raise ConnectionAbortedError("the body ends early")
    return Incoming(request.method, request.path, headers, body, size)
