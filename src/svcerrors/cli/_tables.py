"""What a table shows of a view: columns that fit a screen. The other forms show every column."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["TABLES", "Shown"]

Row = Mapping[str, Any]


class Shown(NamedTuple):
    """A column of a table.

    Attributes:
        value: What it shows of a row.
        wraps: May its text go on in the next line?
    """

    title: str
    value: Callable[[Row], Any]
    wraps: bool = False


def _error(row: Row) -> str:
    return ": ".join(part for part in (row["error_type"], row["error_message"]) if part)


def _at(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]:%m-%d %H:%M:%S}" if row[name] else ""


def _column(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


TABLES: Mapping[str, tuple[Shown, ...]] = {
    "error_groups": (
        Shown("count", _column("occurrences")),
        Shown("error", _error, wraps=True),
        Shown("at", _column("culprit"), wraps=True),
        Shown("services", _column("services"), wraps=True),
        Shown("last seen UTC", _at("last_seen")),
        Shown("group", lambda row: row["fingerprint"].partition(":")[2][:8]),
    ),
    "startup_failures": (
        Shown("service", _column("service_name")),
        Shown("revision", _column("revision"), wraps=True),
        Shown("error", _error, wraps=True),
        Shown("at", _column("culprit"), wraps=True),
        Shown("since UTC", _at("first_seen")),
        Shown("count", _column("occurrences")),
        Shown("goes on", lambda row: "yes" if row["is_ongoing"] else "no"),
    ),
    "service_health": (
        Shown("service", _column("service_name")),
        Shown("status", _column("status")),
        Shown("why", _column("reason"), wraps=True),
        Shown("last success UTC", _at("last_success")),
    ),
    "alerts": (
        Shown("severity", _column("severity")),
        Shown("rule", _column("rule")),
        Shown("alert", _column("title"), wraps=True),
        Shown("last seen UTC", _at("last_seen")),
        Shown("count", _column("occurrences")),
    ),
}
