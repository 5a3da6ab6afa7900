import os
import uuid

import pytest

from svcerrors._ids import RANDOM_BYTES, Trace, read_trace, uuid7

T, S = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_it_is_of_version_7():
    """Version, variant and time are where RFC 9562 puts them; the example is its appendix A.6."""
    made = uuid.UUID(uuid7(0x017F22E279B0, b"\x0c\xc3\x18\xc4\xdc\x0c\x0c\x07\x39\x8f"))
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_two_differ_and_stand_in_order():
    """The random part differs, the time comes first."""
    made = [uuid7(milliseconds, os.urandom(RANDOM_BYTES)) for milliseconds in (1, 1, 2)]
    assert len(set(made)) == 3
    assert made[2] == max(made)


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"traceparent": f"00-{T}-{S}-01"}, Trace(T, S, sampled=True)),
        ({"traceparent": f"00-{T}-{S}-00"}, Trace(T, S, sampled=False)),
        ({"traceparent": f"01-{T}-{S}-01-more"}, Trace(T, S, sampled=True)),
        ({"traceparent": f"ff-{T}-{S}-01"}, Trace()),
        ({"traceparent": f"00-{'0' * 32}-{S}-01"}, Trace()),
        ({"X-Cloud-Trace-Context": f"{T}/255;o=1"}, Trace(T, "00000000000000ff", sampled=True)),
        ({"X-Cloud-Trace-Context": f"{T.upper()}/0;o=0"}, Trace(T, sampled=False)),
        ({"X-Cloud-Trace-Context": T}, Trace(T)),
        ({"X-Cloud-Trace-Context": f"{T}/{2**64}"}, Trace(T)),
        ({"X-Cloud-Trace-Context": "nonsense"}, Trace()),
        (
            {"traceparent": "nonsense", "X-Cloud-Trace-Context": f"{T}/255;o=1"},
            Trace(T, "00000000000000ff", sampled=True),
        ),
        ({"traceparent": f"00-{T}-{S}-01", "X-Cloud-Trace-Context": f"{'a' * 32}/1;o=0"}, Trace(T, S, sampled=True)),
        ({}, Trace()),
    ],
)
def test_a_trace_is_read_from_headers(headers, trace):
    """traceparent is preferred; what does not parse is not there."""
    assert read_trace(headers.get) == trace
