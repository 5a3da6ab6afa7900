"""svcerrors.ops.entries: lines and arrays give the same entries, however they are laid out or cut."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcerrors.ops import entries
from svcerrors.ops.entries import read_entries

ENTRIES = [{"insertId": str(n), "textPayload": f'é ] , {{ " {n}'} for n in range(3)]


def found(text):
    return [(one.entry, one.fault) for one in read_entries(io.BytesIO(text))]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ENTRIES, indent=2, ensure_ascii=False),
        json.dumps(ENTRIES),
        "\n\n  " + json.dumps(ENTRIES) + "\n",
        "\n".join(json.dumps(one) for one in ENTRIES),
        "\r\n\r\n".join(json.dumps(one) for one in ENTRIES) + "\n\n",
    ],
    ids=["gcloud", "compact", "padded", "lines", "crlf"],
)
def test_every_layout_gives_the_same_entries(text):
    """An array as gcloud prints it, and JSON lines."""
    assert found(text.encode()) == [(one, None) for one in ENTRIES]


@pytest.mark.parametrize("text", [b"", b"\n \n", b"[]", b"[ ]\n"])
def test_nothing_gives_nothing(text):
    """gcloud prints [] when it found none."""
    assert found(text) == []


def test_a_malformed_line_has_a_fault_and_the_rest_is_read():
    """The line's bytes are kept."""
    good, bad, after = read_entries(io.BytesIO(b'{"a": 1}\n{"b": \n{"c": 3}\n'))

    assert (good.entry, after.entry) == ({"a": 1}, {"c": 3})
    assert bad.fault.startswith("not JSON")
    assert bad.raw == b'{"b":'


def test_a_cut_array_gives_what_came_before_the_cut():
    """A gcloud that was stopped leaves half an array."""
    *whole, cut = read_entries(io.BytesIO(json.dumps(ENTRIES).encode()[:-20]))

    assert [one.entry for one in whole] == ENTRIES[:2]
    assert cut.fault.startswith("not JSON: ")


ROWS = [{"insertId": str(n)} for n in range(4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]\n" + json.dumps(ROWS, indent=2), ROWS),
        (json.dumps(ROWS) + json.dumps(ROWS, indent=2), ROWS + ROWS),
        ("\n".join(json.dumps(one, indent=2) for one in ROWS), ROWS),
        ("\ufeff" + json.dumps(ROWS), ROWS),
    ],
    ids=["an empty project first", "two arrays", "as jq prints them", "a byte order mark"],
)
def test_streams_of_values(text, expected):
    """Several arrays, or objects over several lines, are the entries in them."""
    assert found(text.encode()) == [(one, None) for one in expected]


def test_what_powershell_writes_is_read():
    """UTF-16 with its byte order mark."""
    assert found(json.dumps(ROWS).encode("utf-16")) == [(one, None) for one in ROWS]


@pytest.mark.parametrize("text", ['[\n  {"a": 1},\n  bad,\n  {"b": 2}\n]', '[{"a": 1},bad,{"b": 2}]'])
def test_one_bad_entry_of_an_array_costs_no_other(text):
    """What comes after it is read."""
    good, bad, after = read_entries(io.BytesIO(text.encode()))

    assert (good.entry, after.entry) == ({"a": 1}, {"b": 2})
    assert bad.fault == "not JSON: Expecting value: 'bad,'"


def test_what_is_no_json_at_all_is_one_fault():
    """A gcloud without --format=json prints YAML: one line says so, not thousands."""
    [bad] = read_entries(io.BytesIO(b"---\ninsertId: x\ntextPayload: y\n" * 1000))

    assert bad.fault.startswith("not JSON: ")


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), min_size=1)), st.integers(1, 50))
def test_an_array_is_the_same_at_every_chunk_size(items, size):
    """Reading piece by piece changes nothing, also in the middle of a character."""
    stream = io.BytesIO(json.dumps(items, ensure_ascii=False, indent=1).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "CHUNK", size)
        assert [one.entry for one in read_entries(stream)] == items
