"""svcerrors.sink.push: every envelope gives the entry that it carries, or says why it carries none."""

import base64
import json

import pytest

from support.entries import push
from svcerrors.sink.push import unwrap


def test_wrapped_push_gives_the_entry_and_pubsubs_own_words():
    """A wrapped push is opened; its message id and attributes are kept."""
    delivery = unwrap(push({"insertId": "x"}))

    assert delivery.entry == {"insertId": "x"}
    assert (delivery.message_id, delivery.attributes, delivery.fault) == ("17", {"a": "b"}, None)
    assert delivery.raw == b'{"insertId": "x"}'


def test_bare_entry_is_the_body_itself():
    """Without a wrapper the body is the log entry."""
    assert unwrap(b'{"insertId": "x"}').entry == {"insertId": "x"}


@pytest.mark.parametrize(
    ("body", "fault", "raw"),
    [
        (b"\xff\x00 junk", "not JSON", b"\xff\x00 junk"),
        (b"", "not JSON", b""),
        (push(b"{half"), "not JSON", b"{half"),
        (
            json.dumps({"message": {"data": "%%%"}}).encode(),
            "message data is not base64",
            b'{"message": {"data": "%%%"}}',
        ),
        (json.dumps({"message": {"data": 5}}).encode(), "message data is not base64", b'{"message": {"data": 5}}'),
        (b'{"message": {"attributes": {}}}', "message without data", b'{"message": {"attributes": {}}}'),
        (b"[" * 100_000, "not JSON", b"[" * 100_000),
        (push(base64.b64encode(b"x")), "not JSON", base64.b64encode(b"x")),
    ],
)
def test_junk_says_why_and_keeps_its_bytes(body, fault, raw):
    """What carries no entry has a fault, and its bytes are all there."""
    delivery = unwrap(body)

    assert delivery.fault.startswith(fault)
    assert delivery.raw == raw
