"""What a type checker sees of the face; checked by mypy, never run."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, assert_type

import structlog

import svcerrors
from svcerrors import capture_errors, processors, testing
from svcerrors.integrations import asgi, wsgi


@capture_errors
def bare(a: int, *, b: str = "") -> float:
    """Keep the signature of a bare decorator."""
    return a + len(b)


assert_type(bare(1, b="x"), float)
bare("1")  # type: ignore[arg-type]


@capture_errors(labels={"phase": 3}, expected=(KeyError,))
async def later(a: int) -> str:
    """Keep a coroutine function one."""
    return str(a)


async def awaited() -> None:
    """Await what was decorated."""
    assert_type(await later(1), str)
    assert_type(await quiet_later(1), str | None)


@capture_errors(reraise=False)
def quiet(a: int) -> str:
    """Return None after an error."""
    return str(a)


@capture_errors(reraise=False)
async def quiet_later(a: int) -> str:
    """Return None after an error."""
    return str(a)


assert_type(quiet(1), str | None)
typed: Callable[[int], Coroutine[Any, Any, str | None]] = quiet_later


class Handler:
    """Decorate a method."""

    @capture_errors
    def work(self, a: int) -> "list[Handler]":
        """Return itself."""
        return [self] * a


assert_type(Handler().work(1), list[Handler])


def in_block() -> int:
    """Return from a block that cannot end an error."""
    with capture_errors() as captured:
        assert_type(captured.error_id, str | None)
        return 1


def in_quiet_block() -> int:
    """Need a return after a block that may."""
    with capture_errors(reraise=False) as captured:
        return 1
    assert_type(captured.error_id, str | None)
    return 2


assert_type(svcerrors.capture_exception(ValueError(), phase="3"), str | None)
capture_errors(sevrity="ERROR")  # type: ignore[call-overload]
with svcerrors.bound(phase="3"):
    svcerrors.bind(game_date="2026-01-25")


def in_run() -> int:
    """Return from a block that cannot end an error."""
    with svcerrors.track_run("nightly", key=20260125, labels={"phase": "3"}) as run:
        assert_type(run, svcerrors.Run)
        assert_type(run.run_id, str)
        run.rows += 3
        assert_type(run.rows, int)
        run.no_data("no games")
        run.skip()
        run.fail(reason="blocked")
        return 1


@capture_errors(run="nightly", reraise=False)
async def quiet_run(a: int) -> str:
    """Return None after an error."""
    svcerrors.current_run().rows = a
    return str(a)


quiet_typed: Callable[[int], Coroutine[Any, Any, str | None]] = quiet_run
svcerrors.heartbeat()
svcerrors.heartbeat("nightly")
svcerrors.track_run()  # type: ignore[call-arg]
capture_errors(run=3)  # type: ignore[call-overload]


@capture_errors
def rows(n: int) -> Generator[int, str, bool]:
    """Keep a generator one."""
    got = yield n
    return bool(got)


assert_type(rows(1), Generator[int, str, bool])


@capture_errors(reraise=False)
def quiet_rows(n: int) -> Generator[int, str, bool]:
    """End after an error."""
    got = yield n
    return bool(got)


assert_type(quiet_rows(1), Generator[int, str, bool | None])


@capture_errors(reraise=False)
async def later_rows(n: int) -> AsyncGenerator[int, str]:
    """Stay an asynchronous generator."""
    yield n


assert_type(later_rows(1), AsyncGenerator[int, str])


@capture_errors(methods=True, reraise=False)
class Quiet:
    """Stay a class."""

    def work(self) -> int:
        """Return something."""
        return 1


assert_type(Quiet(), Quiet)
assert_type(Quiet().work(), int)


class Kept:
    """Decorate what is no method of an instance."""

    @capture_errors
    @staticmethod
    def fixed(a: int) -> str:
        """Keep the signature."""
        return str(a)

    @staticmethod
    @capture_errors(service="billing", before_emit=lambda payload: payload)
    def below(a: int) -> str:
        """Keep the signature."""
        return str(a)


assert_type(Kept.below(1), str)
with capture_errors(swallowed=True) as seen:
    assert_type(seen.error_id, str | None)


async def asgi_app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    """Answer nothing."""


def wsgi_app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> list[bytes]:
    """Answer nothing."""
    start_response("204 No Content", list(environ))
    return []


svcerrors.init("orders", logging="WARNING", exits=None, futures=True, before_emit=bool)
svcerrors.init(logging="INFO")  # type: ignore[arg-type]
svcerrors.init(loging="ERROR")  # type: ignore[call-arg]
asgi.Middleware(asgi_app, labels={"phase": "3"})
wsgi.Middleware(wsgi_app, ignore=(KeyError,))
wsgi.Middleware(asgi_app)  # type: ignore[arg-type]
with testing.captured_errors() as errors, testing.captured_runs() as runs:
    assert_type(errors, list[dict[str, Any]])
    assert_type(runs, list[dict[str, Any]])
structlog.configure(processors=[processors.record_errors])
