"""Prove that each rule can fire and can stay quiet, on a scratch copy, with the team's own thresholds and routes."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from svcerrors._errors import WarehouseError, WarehouseUnavailable
from svcerrors._schema import tables
from svcerrors.ops.alerts.routes import missing
from svcerrors.ops.expect.loads import newest, write
from svcerrors.ops.policy import ALERT_POLICY, OF_ALL
from svcerrors.ops.proofs import of_errors, of_runs, of_the_chain
from svcerrors.ops.proofs.history import SERVICE, Make, Proof, Terms, rows
from svcerrors.warehouse import Warehouse

__all__ = ["PROOFS", "Verdict", "prove"]

PROOFS: Mapping[str, Proof] = {
    proof.rule: proof for proof in (*of_errors.PROOFS, *of_runs.PROOFS, *of_the_chain.PROOFS)
}

_AT_ONCE = 4
_PATIENCE = 120.0
"""Seconds until BigQuery knows a table that was just made, and shows what was streamed into it."""

_PAUSE = 2.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proved of one rule for one service; `fault` is None when all is well."""

    rule: str
    service_name: str
    threshold: float
    window_minutes: int
    route: str
    fault: str | None
    note: str | None = None


def prove(warehouse: Warehouse, environ: Mapping[str, str]) -> Iterator[Verdict]:
    """Prove every rule as the warehouse's policy sets it; yield a verdict for each, in the order of the rules.

    Args:
        warehouse: Whose policy counts; nothing is written to it.
        environ: Where the addresses of the routes are.

    Raises:
        WarehouseError: The policy cannot be read.
    """
    policy = newest(warehouse, ALERT_POLICY)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda one: _verdict(warehouse, environ, policy, one), _settings(warehouse))


def _settings(warehouse: Warehouse) -> Sequence[Row]:
    """Return what each rule is set to, for all services, and for those that have something of their own."""
    found = warehouse.query("SELECT * FROM alert_settings")
    settings = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    every = {row["rule"]: row for row in settings if row["service_name"] == "*"}
    of_one = [row for row in settings if row["rule"] not in OF_ALL]
    own = [row for row in of_one if {**row, "service_name": "*"} != every[row["rule"]]]
    return sorted([*every.values(), *own], key=lambda row: (row["rule"], row["service_name"]))


def _verdict(warehouse: Warehouse, environ: Mapping[str, str], policy: Sequence[Row], setting: Row) -> Verdict:
    service = SERVICE if setting["service_name"] == "*" else setting["service_name"]
    terms = Terms(setting["rule"], setting["threshold"], setting["window_minutes"], service)
    told = (setting["rule"], setting["service_name"], terms.threshold, terms.window_minutes, setting["route"])
    if not setting["is_enabled"]:
        return Verdict(*told, fault=None, note="switched off by the policy")
    try:
        faults = [*_faults_of_routes(setting, environ), *_faults(warehouse, policy, terms)]
    except WarehouseError as exc:
        faults = [f"it cannot be tried: {exc}"]
    return Verdict(*told, fault="; ".join(faults) or None)


def _faults_of_routes(setting: Row, environ: Mapping[str, str]) -> Iterator[str]:
    routes = [setting["route"], *(step["route"] for step in setting["renotify"] if step["route"])]
    for route in dict.fromkeys(routes):
        if failure := missing(route, environ):
            yield f"route {route}: {failure}"


def _faults(warehouse: Warehouse, policy: Sequence[Row], terms: Terms) -> Iterator[str]:
    proof = PROOFS.get(terms.rule)
    if proof is None:
        yield "no history is known that fires it"
        return
    if not _fires(warehouse, policy, terms, proof.fires):
        yield "it does not fire when it must: it cannot fire as it is set"
    if _fires(warehouse, policy, terms, proof.quiet):
        yield "it fires when it must not"


def _fires(warehouse: Warehouse, policy: Sequence[Row], terms: Terms, make: Make) -> bool:
    """Tell whether a history fires a rule, through the same inserts and views as everyone's."""
    with warehouse.scratch() as scratch:
        if policy:
            write(scratch, ALERT_POLICY, policy)
        now = datetime.now(UTC)
        history = make(terms._replace(past_hour=now.minute + now.second / 60))
        for table, some in rows(history, now).items():
            _insert(scratch, table, some)
        given = {"rule": terms.rule, "service": terms.service_name}
        sql = "SELECT COUNT(*) FROM alerts WHERE rule = @rule AND service_name IN (@service, '*')"
        return bool(scratch.query(sql, given).rows[0][0])


def _insert(scratch: Warehouse, table: str, some: Sequence[Row]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            scratch.insert(table, some)
            break
        except WarehouseUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
    while not _shows(scratch, table, len(some)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _shows(scratch: Warehouse, table: str, number: int) -> bool:
    at = tables()[table].partition_by
    counted = f"SELECT COUNT(*) FROM {table} WHERE {at} >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)"  # noqa: S608  # names of ours
    return bool(scratch.query(counted).rows[0][0] >= number)
