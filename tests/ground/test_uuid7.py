import os
import uuid

from svcerrors._uuid7 import RANDOM_BYTES, uuid7


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
