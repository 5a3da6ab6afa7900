"""What people say of a group of errors: acknowledged, resolved, muted, open again. Nothing is overwritten."""

from collections.abc import Callable, Mapping
from configparser import ConfigParser, Error
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Any
from uuid import uuid4

from svcerrors._errors import UsageError
from svcerrors.ops.read import find_group
from svcerrors.warehouse import Warehouse

__all__ = ["say", "speaker"]


def say(
    warehouse: Warehouse,
    fingerprint: str,
    state: str,
    *,
    by: str,
    note: str | None = None,
    owner: str | None = None,
    until: datetime | None = None,
    until_count: int | None = None,
) -> dict[str, Any]:
    """Append a statement about a group; return its row.

    Args:
        warehouse: Where the group is.
        fingerprint: The group, or the beginning of one.
        state: `open`, `acknowledged`, `resolved` or `muted`.
        by: Who says it.
        note: Why, in words.
        owner: Who takes care of it.
        until: Of a mute, when it ends.
        until_count: Of a mute, how many more occurrences it lasts.

    Raises:
        UsageError: No group, or more than one, begins so; or the mute would have ended already.
        WarehouseError: The store did not take it.
    """
    now = datetime.now(UTC)
    if until and until <= now:
        raise UsageError(f"a mute until {until:%Y-%m-%d %H:%M} UTC has ended already: give a time to come")
    group = find_group(warehouse, fingerprint)
    row = {
        "state_id": uuid4().hex,
        "at": now.isoformat(),
        "fingerprint": group["fingerprint"],
        "state": state,
        "until": until.isoformat() if until else None,
        "until_count": until_count,
        # Where it was seen before it was resolved, it may come back until the last old instance is gone.
        "revisions": group["revisions"] if state == "resolved" else [],
        "owner": owner,
        "note": note,
        "by": by,
    }
    warehouse.insert("error_states", [row])
    return row


def speaker(environ: Mapping[str, str], user: Callable[[], str] = getuser) -> str:
    """Return who is at the keyboard: the account that gcloud is logged in with, else the user of this machine.

    gcloud's files: https://cloud.google.com/sdk/docs/configurations#what_is_a_configuration.
    """
    home = Path(environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME", "~")).expanduser() / ".config/gcloud")
    return environ.get("CLOUDSDK_CORE_ACCOUNT") or _active_account(home) or _system_user(user)


def _active_account(home: Path) -> str | None:
    settings = ConfigParser(interpolation=None)
    try:
        active = (home / "active_config").read_text("utf-8").strip()
        settings.read(home / "configurations" / f"config_{active}", "utf-8")
    except (OSError, UnicodeDecodeError, Error):
        return None
    return settings.get("core", "account", fallback=None)


def _system_user(user: Callable[[], str]) -> str:
    try:
        return user()
    except (KeyError, OSError):  # a container's user often has no name
        return "unknown"
