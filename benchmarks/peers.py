"""The peers, each as its own pages set it up, with what it would send handed to a function instead."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["PEERS", "Capture", "Sink"]

Sink = Callable[[bytes], object]
Capture = Callable[..., object]
"""Takes an exception, and labels by name."""


class _Stream:
    """What a peer takes for standard output."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, text: str) -> int:
        self._sink(text.encode())
        return len(text)

    def flush(self) -> None:
        pass


def _svcerrors(sink: Sink) -> Capture:
    import svcerrors  # noqa: PLC0415  # each peer is imported where it is measured
    from svcerrors import _outbox  # noqa: PLC0415

    svcerrors.init("orders", rate_limit=None)
    _outbox.divert(lambda line: sink(line) is not False)
    return svcerrors.capture_exception


def _sentry(sink: Sink) -> Capture:
    import sentry_sdk  # noqa: PLC0415
    from sentry_sdk.integrations.dedupe import DedupeIntegration  # noqa: PLC0415

    class Null(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sink(envelope.serialize())

    # Without its filter of repeated exceptions, which would answer for the measurement.
    sentry_sdk.init("https://key@localhost/1", transport=Null, disabled_integrations=[DedupeIntegration()])

    def capture(exc: BaseException, **labels: Any) -> None:
        sentry_sdk.set_context("labels", labels)
        sentry_sdk.capture_exception(exc)

    return capture


def _structlog(sink: Sink) -> Capture:
    import structlog  # noqa: PLC0415

    processors = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    logger = structlog.wrap_logger(structlog.PrintLogger(_Stream(sink)), processors=processors)  # type: ignore[arg-type]
    return lambda exc, **labels: logger.error("failed", exc_info=exc, **labels)


def _loguru(sink: Sink) -> Capture:
    from loguru import logger  # noqa: PLC0415

    logger.remove()
    logger.add(lambda message: sink(message.encode()), serialize=True)
    return lambda exc, **labels: logger.bind(**labels).opt(exception=exc).error("failed")


def _google(sink: Sink) -> Capture:
    from google.cloud.logging_v2.handlers import StructuredLogHandler  # noqa: PLC0415

    logger = logging.getLogger("orders")
    logger.propagate = False
    logger.addHandler(StructuredLogHandler(stream=_Stream(sink), project_id="p"))
    return lambda exc, **labels: logger.error("failed", exc_info=exc, extra={"json_fields": labels})


def _rollbar(sink: Sink) -> Capture:
    import rollbar  # noqa: PLC0415

    rollbar.init("token", "test", handler="blocking")
    rollbar.send_payload = lambda payload, _token: sink(json.dumps(payload).encode())
    return lambda exc, **labels: rollbar.report_exc_info((type(exc), exc, exc.__traceback__), extra_data=labels)


def _bugsnag(sink: Sink) -> Capture:
    import bugsnag  # noqa: PLC0415
    from bugsnag.delivery import Delivery  # noqa: PLC0415

    class Null(Delivery):
        def deliver(self, _config: Any, payload: Any, _options: Any = None) -> None:
            sink(payload.encode() if isinstance(payload, str) else json.dumps(payload).encode())

        def deliver_sessions(self, *_arguments: Any) -> None:
            pass

    bugsnag.configure(api_key="a" * 32, delivery=Null(), asynchronous=False)
    return lambda exc, **labels: bugsnag.notify(exc, metadata={"labels": labels})


def _standard_library(sink: Sink) -> Capture:
    return lambda exc, **_labels: sink("".join(traceback.format_exception(exc)).encode("utf-8", "backslashreplace"))


PEERS: dict[str, Callable[[Sink], Capture]] = {
    "svcerrors": _svcerrors,
    "sentry-sdk": _sentry,
    "structlog": _structlog,
    "loguru": _loguru,
    "google-cloud-logging": _google,
    "rollbar": _rollbar,
    "bugsnag": _bugsnag,
    "traceback.format_exception": _standard_library,
}

for _name in ("SENTRY_DSN", "SENTRY_ENVIRONMENT"):
    os.environ.pop(_name, None)
sys.set_int_max_str_digits(4_300)
