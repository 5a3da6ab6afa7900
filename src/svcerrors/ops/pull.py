"""The pull worker, from its settings to its end."""

import signal
from collections.abc import Mapping
from threading import Event

from svcerrors._errors import UsageError
from svcerrors.ops.warehouses import open_ready
from svcerrors.sink.metrics import Metrics
from svcerrors.sink.own import say
from svcerrors.sink.receive import Receiver
from svcerrors.sink.settings import Settings
from svcerrors.warehouse import require_library

__all__ = ["pull"]


def pull(subscription: str, warehouse: str, environ: Mapping[str, str], every: float) -> None:
    """Pull a subscription into a warehouse until SIGTERM or SIGINT.

    Args:
        subscription: `projects/PROJECT/subscriptions/NAME`.
        warehouse: Its address.
        environ: The other variables of sink_function/README.md.
        every: Seconds between two lines of metrics.

    Raises:
        UsageError: It cannot work so.
        SvcErrorsError: The subscription cannot be pulled.
    """
    try:
        from svcerrors.sink.pull import Puller  # noqa: PLC0415  # google-cloud-pubsub, of the extra `pull`
    except ModuleNotFoundError as exc:
        raise UsageError(f"pull needs {exc.name}: pip install 'svcerrors[pull]'") from exc
    settings = Settings.read({**environ, "SVCERRORS_WAREHOUSE": warehouse})
    require_library(settings.warehouse)
    receiver = Receiver(settings, open_ready(settings.warehouse))
    puller = Puller(receiver, subscription, Metrics(receiver, every))
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    say("NOTICE", f"svcerrors sink: pulls {subscription}; writes to {settings.warehouse}")
    puller.run(stopping)
