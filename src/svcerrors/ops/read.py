"""The questions that every reader asks, over the views."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from svcerrors._errors import UsageError
from svcerrors._schema import Query, queries
from svcerrors.ops.since import since
from svcerrors.warehouse import Result, Warehouse

__all__ = ["LISTINGS", "SEVERITIES", "ask", "find_group", "fires", "group", "listing"]

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
"""Cloud Logging's severities, from the lowest."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A view as a list: which columns a person wants to see, and what comes first."""

    columns: str
    order: str


_WORST = (
    "CASE status WHEN 'UNHEALTHY' THEN 0 WHEN 'NEVER_RAN' THEN 1 WHEN 'DEGRADED' THEN 2 WHEN 'STALE' THEN 3 ELSE 4 END"
)

LISTINGS = {
    "error_groups": Listing(
        "fingerprint, error_type, error_message, culprit, occurrences, occurrences_24h, first_seen, last_seen, "
        "services, error_category, state, owner",
        "last_seen DESC, fingerprint",
    ),
    "startup_failures": Listing(
        "service_name, revision, error_type, error_message, missing_module, culprit, first_seen, last_seen, "
        "occurrences, last_good_revision, is_ongoing, recovered_at, did_not_run",
        "last_seen DESC, service_name",
    ),
    "service_health": Listing(
        "service_name, status, reason, evidence, since, last_success, failures_24h",
        f"{_WORST}, service_name",
    ),
    "pipeline_health": Listing(
        "phase, processor_name, run_name, service_name, status, reason, evidence, since, last_success, failures_24h",
        f"{_WORST}, phase, processor_name, run_name, service_name",
    ),
    "sink_health": Listing("*", "status"),
    "incidents": Listing(
        "first_seen, service_name, error_type, error_message, culprit, severity, occurrences, symptoms, fingerprint, "
        "revision, incident_id",
        "first_seen DESC, incident_id",
    ),
    "runs": Listing(
        "started_at, service_name, run_name, run_key, status, evidence, duration_ms, row_count, reason, phase, "
        "processor_name, run_id",
        "run_timestamp DESC, run_id",
    ),
    "run_checks": Listing(
        "check_name, severity, service_name, run_name, run_key, reason, expected_at, until, is_open, minutes, owner, "
        "runbook",
        "is_open DESC, expected_at DESC, run_name, check_name",
    ),
    "alerts": Listing(
        "severity, rule, title, reason, first_seen, last_seen, occurrences, service_name, fingerprint, alert_key, "
        "route, owner, state, links",
        "CASE severity WHEN 'CRITICAL' THEN 0 ELSE 1 END, last_seen DESC, alert_key",
    ),
}


def listing(warehouse: Warehouse, view: str, limit: int) -> Result:
    """Return the first rows of a view, in the order that a person wants."""
    shown = LISTINGS[view]
    sql = f"SELECT {shown.columns} FROM {view} ORDER BY {shown.order} LIMIT {int(limit)}"  # noqa: S608  # no input of a user
    return warehouse.query(sql)


def group(warehouse: Warehouse, fingerprint: str) -> dict[str, Any]:
    """Return one group with its newest incident; `fingerprint` may be the beginning of one.

    Raises:
        UsageError: There is none, or more than one, that begins so.
    """
    return _one_group(
        warehouse,
        "g.*, i.stack_trace, i.causes, i.symptoms, i.service_name, i.revision, i.trace, i.labels, i.log_name, "
        "i.insert_id",
        "error_groups AS g LEFT JOIN incidents_since(90) AS i ON i.incident_id = g.example_id",
        fingerprint,
    )


def find_group(warehouse: Warehouse, fingerprint: str) -> dict[str, Any]:
    """Return fingerprint and revisions of one group; `fingerprint` may be the beginning of one.

    Raises:
        UsageError: There is none, or more than one, that begins so.
    """
    return _one_group(warehouse, "g.fingerprint, g.revisions", "error_groups AS g", fingerprint)


def _one_group(warehouse: Warehouse, columns: str, source: str, fingerprint: str) -> dict[str, Any]:
    if not fingerprint:
        raise UsageError("give the beginning of a fingerprint: `svcerrors groups` lists them")
    sql = (
        f"SELECT {columns} FROM {source} "  # noqa: S608  # texts of ours
        "WHERE STARTS_WITH(g.fingerprint, @fingerprint) OR STARTS_WITH(g.fingerprint, 'v1:' || @fingerprint) LIMIT 2"
    )
    found = warehouse.query(sql, {"fingerprint": fingerprint})
    if len(found.rows) != 1:
        many = "more than one group begins" if found.rows else "no group of the last 90 days begins"
        raise UsageError(f"{many} with {fingerprint!r}: `svcerrors groups` lists them")
    return dict(zip(found.columns, found.rows[0], strict=True))


def ask(warehouse: Warehouse, name_or_sql: str, given: dict[str, str]) -> Result:
    """Run a stored question by name, or a GoogleSQL query of the caller's own.

    Raises:
        UsageError: A parameter is unknown or does not fit its type, or the name is no question.
    """
    stored = queries().get(name_or_sql)
    if stored:
        return warehouse.query(stored.sql, _parameters(stored, given))
    if len(name_or_sql.split()) < 2:  # noqa: PLR2004  # one word is a name
        raise UsageError(f"no stored question {name_or_sql!r}: there are {', '.join(queries())}; or give a SELECT")
    return warehouse.query(name_or_sql, given)


def _moment(text: str) -> datetime:
    if "-" not in text:
        return since(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_READERS: dict[str, Callable[[str], Any]] = {"INT64": int, "FLOAT64": float, "STRING": str, "TIMESTAMP": _moment}
"""How a parameter's text becomes its value; a time is `2026-01-25T14:00:00Z`, or a span before now: `24h`."""


def _parameters(stored: Query, given: dict[str, str]) -> dict[str, Any]:
    known = {name: (kind, default) for name, kind, default in stored.parameters}
    for name in given:
        if name not in known:
            raise UsageError(f"{stored.name} has no parameter {name!r}: it has {', '.join(known) or 'none'}")
    return {name: _value(stored, name, kind, given.get(name, default)) for name, (kind, default) in known.items()}


def _value(stored: Query, name: str, kind: str, text: str) -> Any:
    try:
        return _READERS[kind](text)
    except ValueError as exc:
        raise UsageError(f"{stored.name}: {name} is of type {kind}, which {text!r} is not") from exc


def fires(warehouse: Warehouse, floor: str) -> bool:
    """Tell whether any alert of severity `floor` or higher fires."""
    rows = warehouse.query("SELECT DISTINCT severity FROM alerts").rows
    return any(SEVERITIES.index(severity) >= SEVERITIES.index(floor) for (severity,) in rows)
