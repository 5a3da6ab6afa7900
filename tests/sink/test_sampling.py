"""The sink is told at which rate the filter samples, and says it in each row."""

import pytest

from support.entries import entry
from svcerrors._errors import UsageError
from svcerrors.sink import Delivery
from svcerrors.sink.intake import records
from svcerrors.sink.settings import Settings


def test_the_rate_reaches_the_row():
    """SVCERRORS_SAMPLE_RATE is what a view divides by."""
    http = {"status": 200, "userAgent": "curl/8", "requestUrl": "https://s.example/"}
    one = entry({}, log="requests", httpRequest=http)
    del one["jsonPayload"]
    rate = Settings.read({"SVCERRORS_SAMPLE_RATE": "0.02"}).sample_rate
    assert [run.sample_rate for run in records(Delivery(b"", one), "live", rate)] == [0.02]
    assert records(Delivery(b"", one), "live", Settings.read({}).sample_rate) == []


@pytest.mark.parametrize("given", ["0", "2", "-1", "1 %", "nan"])
def test_a_rate_that_is_none_is_refused_at_boot(given):
    """A wrong rate would be a wrong count for ever."""
    with pytest.raises(UsageError, match="SVCERRORS_SAMPLE_RATE"):
        Settings.read({"SVCERRORS_SAMPLE_RATE": given})
