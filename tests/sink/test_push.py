"""svcerrors.sink.push: every envelope gives the entries that it carries, or says why it carries none."""

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.entries import push
from svcerrors._schema import tables
from svcerrors.sink import delivery
from svcerrors.sink.intake import rows
from svcerrors.sink.push import oversized, unwrap
from svcerrors.warehouse._rows import accept

ENTRY = {"insertId": "x"}
RAW = b'{"insertId": "x"}'
DATA = base64.b64encode(RAW).decode()
NAMES = {"messageId": "17", "attributes": {"a": "b"}}
SUBSCRIPTION = "projects/p/subscriptions/s"
PUSHED = {"message": {"data": DATA, **NAMES}, "subscription": SUBSCRIPTION}
MESSAGE = {"@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage", "data": DATA, "attributes": {"a": "b"}}
HEADERS = {
    "x-goog-pubsub-message-id": "17",
    "x-goog-pubsub-subscription-name": SUBSCRIPTION,
    "authorization": "Bearer secret",
}
EVENT = {"specversion": "1.0", "id": "17", "type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//x"}
CE_HEADERS = {f"ce-{name}": value for name, value in EVENT.items()}
IN_BASE64 = {**EVENT, "data_base64": base64.b64encode(json.dumps(PUSHED).encode()).decode()}


def dumped(value):
    return json.dumps(value).encode()


ENVELOPES = {
    "wrapped push": (dumped(PUSHED), {}, SUBSCRIPTION),
    "wrapped push, gzip'd": (gzip.compress(dumped(PUSHED)), {"content-encoding": "gzip"}, SUBSCRIPTION),
    "unwrapped push": (RAW, HEADERS, SUBSCRIPTION),
    "CloudEvent, binary": (dumped(PUSHED), CE_HEADERS, SUBSCRIPTION),
    "CloudEvent, structured": (dumped({**EVENT, "data": PUSHED}), {}, SUBSCRIPTION),
    "CloudEvent, structured, base64": (dumped(IN_BASE64), {}, SUBSCRIPTION),
    "gen-1 event": (dumped({"context": {"eventId": "17"}, "data": MESSAGE}), {}, None),
    "gen-1 event, legacy": (dumped({"eventId": "17", "data": MESSAGE}), {}, None),
    "bare message": (dumped({**MESSAGE, "messageId": "17"}), {}, None),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_every_envelope_gives_the_entry_and_pubsubs_own_words(name):
    """The entry, its bytes, the message id and the subscription are the same, however they came."""
    body, headers, subscription = ENVELOPES[name]

    found = unwrap(body, headers)

    [one] = found.deliveries
    assert (one.entry, one.raw, one.fault, one.message_id) == (ENTRY, RAW, None, "17")
    assert found.subscription == subscription


def test_attributes_are_kept_and_other_headers_are_not():
    """Of an unwrapped push only Pub/Sub's own headers are attributes; a token never is."""
    assert unwrap(*ENVELOPES["wrapped push"][:2]).deliveries[0].attributes == {"a": "b"}
    kept = unwrap(*ENVELOPES["unwrapped push"][:2]).deliveries[0].attributes
    assert kept == {name: HEADERS[name] for name in list(HEADERS)[:2]}


def test_bare_entry_is_the_body_itself():
    """Without a wrapper the body is the log entry; a CloudEvent of an audit entry carries it as its data."""
    assert unwrap(RAW).deliveries[0].entry == ENTRY
    assert unwrap(dumped({**EVENT, "data": ENTRY})).deliveries[0].entry == ENTRY


TWO = [{"insertId": "1"}, {"insertId": "ü \U0001f600"}]


@pytest.mark.parametrize(
    "data",
    [
        dumped(TWO),
        json.dumps(TWO, indent=1, ensure_ascii=False).encode(),
        b"\r\n".join(map(dumped, TWO)) + b"\n",
        gzip.compress(dumped(TWO)),
        gzip.compress(dumped(TWO[0]) + b"\n") + gzip.compress(dumped(TWO[1])),
    ],
    ids=["array", "array over lines", "lines", "gzip'd array", "gzip'd members"],
)
def test_a_message_may_hold_several_entries(data):
    """Each is a delivery with its own bytes and the message's id."""
    for body in (push(data), data):
        found = unwrap(body).deliveries

        assert [one.entry for one in found] == TWO
        assert [json.loads(one.raw) for one in found] == TWO
    assert [one.message_id for one in unwrap(push(data)).deliveries] == ["17", "17"]


JUNK = [
    (b"\xff\x00 junk", "not JSON", b"\xff\x00 junk"),
    (b"", "not JSON", b""),
    (push(b"{half"), "not JSON", b"{half"),
    (dumped({"message": {"data": "%%%"}}), "message data is not base64", dumped({"message": {"data": "%%%"}})),
    (dumped({"message": {"data": 5}}), "message data is not base64", dumped({"message": {"data": 5}})),
    (b'{"message": {"attributes": {}}}', "message without data", b'{"message": {"attributes": {}}}'),
    (b"[" * 100_000, "not JSON", b"[" * 100_000),
    (push(base64.b64encode(b"x")), "not JSON", base64.b64encode(b"x")),
    (push(b"[]"), "no log entry", b"[]"),
    (push(gzip.compress(RAW, mtime=0)[:-9]), "damaged gzip", gzip.compress(RAW, mtime=0)[:-9]),
    (b"\x1f\x8b\xff", "damaged gzip", b"\x1f\x8b\xff"),
    (dumped(EVENT), "CloudEvent without data", dumped(EVENT)),
    (dumped({**EVENT, "data_base64": "%"}), "CloudEvent without data", dumped({**EVENT, "data_base64": "%"})),
]


@pytest.mark.parametrize(("body", "fault", "raw"), JUNK, ids=map(str, range(len(JUNK))))
def test_junk_says_why_and_keeps_its_bytes(body, fault, raw):
    """What carries no entry has a fault, and its bytes are all there."""
    [one] = unwrap(body).deliveries

    assert one.fault.startswith(fault)
    assert one.raw == raw


def test_a_gzip_bomb_is_set_aside_unopened():
    """Ten kilobytes that would be more than the limit stay ten kilobytes."""
    bomb = gzip.compress(bytes(delivery.LIMIT + 1))

    [one] = unwrap(push(bomb)).deliveries

    assert one.fault == f"gzip of more than {delivery.LIMIT} bytes"
    assert one.raw == bomb


@pytest.mark.parametrize("data", [b"{}\n", b"{},"], ids=["lines", "array"])
def test_a_message_of_countless_entries_is_set_aside_whole(data):
    """Ten megabytes of braces do not become millions of rows."""
    body = data * (delivery.ENTRY_LIMIT + 1)
    body = b"[" + body[:-1] + b"]" if data.endswith(b",") else body

    [one] = unwrap(body).deliveries

    assert one.fault == f"more than {delivery.ENTRY_LIMIT} log entries"
    assert one.raw == body


def test_a_list_of_anything_else_is_one_piece_of_junk():
    """A million numbers are not a million log entries."""
    [one] = unwrap(push(b"[1, 2, 3]")).deliveries

    assert one.entry == [1, 2, 3]


def test_a_body_that_is_no_push_is_kept_in_part():
    """Its first megabyte and its size, so that it is not refused, and never comes back."""
    [one] = oversized(b"x" * 20_000_001, 30_000_000).deliveries

    assert "at least 30000000 bytes" in one.fault
    assert len(one.raw) == 1_000_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(DATA) | st.just(RAW.decode()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*EVENT, *PUSHED, *MESSAGE, *NAMES, "context", "data_base64"]), inner)
    ),
)


@given(st.binary() | VALUES.map(dumped), st.sampled_from([{}, HEADERS, CE_HEADERS, {"content-encoding": "gzip"}]))
def test_nothing_that_comes_is_ever_dropped(body, headers):
    """Whatever the body: at least one delivery, and the rows of each are such as the warehouse takes."""
    found = unwrap(body, headers).deliveries

    assert found
    for row in (row for one in found for row in rows(one, "live")):
        accept(tables()[row.table], [{**row.columns, "rejected_at": "2026-01-25T00:00:00Z"}])
