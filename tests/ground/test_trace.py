import pytest

from svcerrors._trace import Trace, read_trace

T, S = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


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
