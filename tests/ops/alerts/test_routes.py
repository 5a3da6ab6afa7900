"""Where routes lead."""

import pytest

from svcerrors._errors import RouteFailed
from svcerrors.ops.alerts.routes import address_of, is_slack, missing, variable


def test_the_address_of_a_route_is_in_the_environment():
    """Its name in capitals, a dash as an underscore."""
    assert variable("on-call") == "SVCERRORS_ROUTE_ON_CALL"
    for name in ("SVCERRORS_ROUTE_ON_CALL", "SVCERRORS_ROUTE_on_call"):
        assert address_of("on-call", {name: " https://example.com/x\n"}) == "https://example.com/x"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "  ",
        "ftp://example.com/secret",
        "example.com/secret",
        "https://",
        "http://[secret",
        "https://h:99999999/secret",
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_it(given):
    """The variable is named; what stands in it is a secret."""
    with pytest.raises(RouteFailed, match="SVCERRORS_ROUTE_PAGER") as caught:
        address_of("pager", {"SVCERRORS_ROUTE_PAGER": given})
    assert "secret" not in str(caught.value)


def test_slack_is_known_by_its_host():
    """By the whole host: not by a name that only looks like it."""
    assert is_slack("https://hooks.slack.com/services/T/B/x")
    assert not is_slack("https://hooks.slack.com.example.org/services")


def test_a_log_line_needs_no_address():
    """Any other route does."""
    assert missing("log", {}) is None
    assert missing("pager", {"SVCERRORS_ROUTE_PAGER": "https://example.com"}) is None
    assert missing("pager", {}) == "it has no address: set SVCERRORS_ROUTE_PAGER"
