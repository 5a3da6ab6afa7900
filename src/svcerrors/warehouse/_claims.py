"""Keys that one process of many takes, in a folder that they share."""

import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

__all__ = ["claim"]

_CLAIMS = ".claims"

_CLAIM_SECONDS = 86_400
"""How long a claim is kept."""


def claim(root: Path, key: str) -> bool:
    """Take a key: True for one process only, for a day."""
    folder = root / _CLAIMS
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        with suppress(FileNotFoundError):  # another one tidies up too
            if time.time() - old.stat().st_mtime > _CLAIM_SECONDS:
                old.unlink()
    try:
        (folder / sha256(key.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
