"""Identifiers in order of time (RFC 9562, section 5.7)."""

__all__ = ["RANDOM_BYTES", "uuid7"]

RANDOM_BYTES = 10

_VERSION = 7 << 76
_VARIANT = 0b10 << 62
_FIXED = 0xF << 76 | 0b11 << 62


def uuid7(milliseconds: int, random: bytes) -> str:
    """Return a UUID of version 7.

    Args:
        milliseconds: Since 1970-01-01 UTC.
        random: RANDOM_BYTES bytes from the operating system.
    """
    number = milliseconds << 80 | int.from_bytes(random, "big") & ~_FIXED | _VERSION | _VARIANT
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
