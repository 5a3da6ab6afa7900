import datetime as dt
import enum
import json
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcerrors._jsonable import jsonable, text


class Shouting(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError

    def __getitem__(self, key):
        raise RuntimeError


class Level(enum.IntEnum):
    HIGH = 3


class Unknown:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (Level.HIGH, 3),
        (2**70, "<int of 71 bits>"),
        (1.5, 1.5),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        ("a", "a"),
        (Shouting("a"), "a"),
        (b"a\xff", "a\\xff"),
        (dt.date(2026, 1, 25), "2026-01-25"),
        (Path("/a"), "/a"),
        (Unknown(), "<Unknown>"),
        (Unknown, "<type>"),
        ({1}, [1]),
        ((1, [2, {"a": ()}]), [1, [2, {"a": []}]]),
        (OrderedDict(a=1), {"a": 1}),
        ({"password": {"a": 1}, "a": "token=abc"}, {"password": "[redacted]", "a": "token=[redacted]"}),
        ([[[[[[1]]]]]], [[[[["…"]]]]]),
    ],
)
def test_a_value_as_json_holds_it(value, plain):
    """No code of an unknown object runs."""
    assert jsonable(value) == plain


def test_a_broad_cycle_is_bounded():
    """Neither a cycle nor a tree of cycles costs more than the budget."""
    value = []
    value.extend([value, {"again": value}, *({"more": [value] * 50} for _ in range(50))])
    assert len(json.dumps(jsonable(value))) < 20_000


def test_a_text_of_anything():
    """As one bounded string."""
    assert [text(value) for value in ("a" * 5_000, 5, None, Unknown())] == ["a" * 1_000, "5", "None", "<Unknown>"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.binary() | st.none(), inner),
)


@settings(max_examples=60, deadline=None)
@given(anything)
def test_everything_becomes_strict_json(value):
    """Whatever is bound can be written."""
    json.dumps(jsonable(value), allow_nan=False).encode()
