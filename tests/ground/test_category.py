import pytest

from svcerrors._category import CATEGORIES, RULES, Rule, categorise


@pytest.mark.parametrize(
    ("error_type", "message", "category"),
    [
        ("ModuleNotFoundError", "No module named 'shared.utils'", "configuration_error"),
        ("shop.NoGameDataError", "", "no_data_available"),
        ("shop.NoNetwork", "", "processing_error"),
        ("KeyError", "'x'", "processing_error"),
        ("RuntimeError", "missing environment variable X", "configuration_error"),
        ("google.api_core.exceptions.Forbidden", "403", "configuration_error"),
        ("MemoryError", "", "resource_exhausted"),
        ("google.api_core.exceptions.TooManyRequests", "", "resource_exhausted"),
        ("TimeoutError", "", "timeout"),
        ("google.api_core.exceptions.DeadlineExceeded", "", "timeout"),
        ("google.api_core.exceptions.ServiceUnavailable", "503", "upstream_failure"),
        ("requests.exceptions.ConnectionError", "", "upstream_failure"),
        ("requests.exceptions.HTTPError", "502 Server Error", "upstream_failure"),
        ("LoggedError", "it broke", "unknown"),
    ],
)
def test_the_first_rule_that_matches_decides(error_type, message, category):
    """By type and message."""
    assert categorise(error_type, message) == category


def test_a_teams_own_rule_stands_before_ours():
    """Rules are data."""
    own = Rule("no_data_available", "KeyError", "game")
    assert categorise("KeyError", "'Game'", (own, *RULES)) == "no_data_available"


def test_every_rule_names_a_category():
    """The table has no misspelling."""
    assert {rule.category for rule in RULES} <= CATEGORIES
