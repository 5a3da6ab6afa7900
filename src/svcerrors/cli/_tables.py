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
        Shown("did not run", lambda row: ", ".join(run["run_name"] for run in row["did_not_run"]), wraps=True),
    ),
    "service_health": (
        Shown("service", _column("service_name")),
        Shown("status", _column("status")),
        Shown("why", _column("reason"), wraps=True),
        Shown("last success UTC", _at("last_success")),
    ),
    "pipeline_health": (
        Shown("phase", _column("phase")),
        Shown("processor", _column("processor_name")),
        Shown("run", _column("run_name")),
        Shown("service", _column("service_name")),
        Shown("status", _column("status")),
        Shown("why", _column("reason"), wraps=True),
        Shown("last success UTC", _at("last_success")),
    ),
    "sink_health": (
        Shown("status", _column("status")),
        Shown("why", _column("reason"), wraps=True),
        Shown("lag p50 ms", _column("lag_p50_ms")),
        Shown("p95", _column("lag_p95_ms")),
        Shown("max", _column("lag_max_ms")),
    ),
    "incidents": (
        Shown("seen UTC", _at("first_seen")),
        Shown("service", _column("service_name")),
        Shown("error", _error, wraps=True),
        Shown("at", _column("culprit"), wraps=True),
        Shown("count", _column("occurrences")),
        Shown("group", lambda row: row["fingerprint"].partition(":")[2][:8]),
    ),
    "runs": (
        Shown("started UTC", _at("started_at")),
        Shown("service", _column("service_name")),
        Shown("run", _column("run_name")),
        Shown("key", _column("run_key")),
        Shown("status", _column("status")),
        Shown("rows", _column("row_count")),
        Shown("why", _column("reason"), wraps=True),
    ),
    "run_checks": (
        Shown("check", _column("check_name")),
        Shown("severity", _column("severity")),
        Shown("run", _column("run_name")),
        Shown("service", _column("service_name")),
        Shown("what", _column("reason"), wraps=True),
        Shown("open", lambda row: "yes" if row["is_open"] else "no"),
    ),
    "alerts": (
        Shown("severity", _column("severity")),
        Shown("rule", _column("rule")),
        Shown("alert", _column("title"), wraps=True),
        Shown("last seen UTC", _at("last_seen")),
        Shown("count", _column("occurrences")),
    ),
}
