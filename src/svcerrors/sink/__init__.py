"""The sink: a message in, rows stored, then and only then an acknowledgement."""

from svcerrors.sink.app import create_app
from svcerrors.sink.delivery import Delivery, read
from svcerrors.sink.intake import Intake, records

__all__ = ["Delivery", "Intake", "create_app", "read", "records"]
