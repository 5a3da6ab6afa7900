"""SHA-256 without OpenSSL, whose import takes longer than that of any module of ours."""

try:
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]  # before Python 3.12
    except ImportError:  # an interpreter built without its own hashes
        from hashlib import sha256

__all__ = ["sha256"]
