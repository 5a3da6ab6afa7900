import time

import pytest

from svcerrors._redact import REDACTED, is_secret_name, redact_text, redact_url, use_emails


@pytest.fixture
def emails():
    use_emails({"SVCERRORS_REDACT_EMAILS": "1"})
    yield
    use_emails({})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://u:pw@host/db", f"postgres://{REDACTED}@host/db"),
        ("Authorization: Bearer abc.def-ghi_jkl", f"Authorization: {REDACTED} {REDACTED}"),
        ("sent Bearer abc.def-ghi_jkl", f"sent Bearer {REDACTED}"),
        ("key AIzaSyA1234567890abcdefghijklmnopqrstuv0", f"key {REDACTED}"),
        ("AKIAIOSFODNN7EXAMPLE", REDACTED),
        ("password='hunter 2'", f"password={REDACTED}"),
        ('{"api_key": "abc"}', f'{{"api_key": {REDACTED}}}'),
        ("db_pw=hunter2, PWD: hunter3", f"db_pw={REDACTED}, PWD: {REDACTED}"),
        ("DB_PASSWORD=hunter2 next", f"DB_PASSWORD={REDACTED} next"),
        ("mysql --password hunter2 -h db", f"mysql --password {REDACTED} -h db"),
        ("['load', '--api-key', 'hunter2', 'x'] failed", f"['load', '--api-key', '{REDACTED}', 'x'] failed"),
        ("--token-file /run/token --no-password-check x", "--token-file /run/token --no-password-check x"),
        ("token expired", "token expired"),
        ("the password is wrong", "the password is wrong"),
    ],
)
def test_a_secret_is_taken_out(text, shown):
    """By its shape, or by the name before it; other words stay."""
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a:" * 100_000,
        "://" * 50_000,
        "token" * 40_000,
        " --a" * 50_000 + "token",
        "-----BEGIN " * 20_000,
        " " * 200_000,
    ],
)
def test_no_text_takes_long(text):
    """The patterns are linear."""
    begun = time.perf_counter()
    redact_text(text)
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no user ada.b+c@mail.example.co.uk here", f"no user {REDACTED} here"),
        ("<ADA@EXAMPLE.COM>, (bob@b-c.io)", f"<{REDACTED}>, ({REDACTED})"),
        ("user='ada@example.com'\nbob@example.com", f"user='{REDACTED}'\n{REDACTED}"),
        ("https://u:p@host.example.com/a", f"https://{REDACTED}@host.example.com/a"),
        ("@retry(3) a@b 3 @ 4.50 x@localhost", "@retry(3) a@b 3 @ 4.50 x@localhost"),
    ],
)
@pytest.mark.usefixtures("emails")
def test_addresses_of_emails_are_taken_out_where_that_is_wanted(text, shown):
    """What only looks like one stays."""
    assert redact_text(text) == shown


def test_addresses_of_emails_stay_unless_that_is_wanted():
    """A line that was seen before it was wanted is looked at again, and so after it."""
    text = "no user ada@example.com"
    shown = []
    for environ, wanted in (({}, None), ({"SVCERRORS_REDACT_EMAILS": "1"}, None), ({}, True), ({}, None)):
        use_emails(environ, wanted=wanted)
        shown.append(redact_text(text))
    assert shown == [text, f"no user {REDACTED}", f"no user {REDACTED}", text]
    use_emails({"SVCERRORS_REDACT_EMAILS": "1"}, wanted=False)
    assert redact_text(text) == text


@pytest.mark.parametrize("text", ["a@" * 100_000, "a.b@c." * 40_000, "a" * 200_000 + "@", "@" + "a." * 100_000])
@pytest.mark.usefixtures("emails")
def test_no_text_takes_long_to_look_for_addresses(text):
    begun = time.perf_counter()
    redact_text(text)
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@host:8080/a/b?token=x#y", "https://host:8080/a/b"),
        ("/a/b?c", "/a/b"),
        ("https://host", "https://host"),
        ("http://[broken?x", "http://[broken"),
        ("https://host/a@b", "https://host/a@b"),
        ("", ""),
    ],
)
def test_a_url_loses_its_query_and_credentials(url, shown):
    """The path stays."""
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("x-api-key", True),
        ("accessToken", True),
        ("tokens", True),
        ("game_date", False),
        ("token_count", False),
        ("monkey", False),
    ],
)
def test_a_name_tells_a_secret(name, secret):
    """In any spelling."""
    assert is_secret_name(name) is secret
