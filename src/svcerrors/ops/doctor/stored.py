"""Links that the warehouse itself tells of: the same for a folder and for a dataset."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from svcerrors._errors import WarehouseConflict, WarehouseError
from svcerrors._schema import relations, tables
from svcerrors.ops.doctor.link import Broken, Chain, Unchecked
from svcerrors.ops.expect.loads import EXPECTED_RUNS, newest
from svcerrors.ops.expect.triggers import kind_of

__all__ = ["credentials", "dataset", "expected_runs", "heartbeat", "lag", "schema_of_tables", "schema_of_views"]

LATE = timedelta(minutes=5)
"""When errors take so long to become rows, alerts come too late; the monitoring policy says the same."""

OLD = timedelta(days=2)
"""The alert job stores the lists of triggers once a day at least."""

SILENT = timedelta(minutes=15)
"""The schedule asks for a heartbeat each minute."""


def credentials(chain: Chain) -> str:
    """Can the warehouse be asked at all?"""
    if chain.is_local:
        return "a folder needs none"
    chain.store.query("SELECT 1 AS one")
    return "BigQuery answers"


def dataset(chain: Chain) -> str:
    """Is it there, and may it be read?"""
    if isinstance(chain.changes, WarehouseError) and not isinstance(chain.changes, WarehouseConflict):
        raise chain.changes
    if not isinstance(chain.changes, WarehouseError) and tables().keys() <= {change.name for change in chain.changes}:
        raise Broken(f"nothing of ours is at {chain.address}: svcerrors apply --warehouse {chain.address}")
    return chain.address


def schema_of_tables(chain: Chain) -> str:
    """Have they the columns that rows of ours have?"""
    if isinstance(chain.changes, WarehouseError):
        raise chain.changes
    return _up_to_date(chain, tables(), "tables")


def schema_of_views(chain: Chain) -> str:
    """Do they say what this version says?"""
    return _up_to_date(chain, relations(), "views and routines")


def _up_to_date(chain: Chain, ours: Mapping[str, Any], what: str) -> str:
    assert isinstance(chain.changes, list)  # noqa: S101  # a link that comes first has raised it else
    due = [f"{change.action} {change.name}" for change in chain.changes if change.name in ours]
    if due:
        more = f" and {len(due) - 3} more" if len(due) > 3 else ""  # noqa: PLR2004  # as many as a line holds
        raise Broken(f"{', '.join(due[:3])}{more} is due: svcerrors apply --warehouse {chain.address}")
    return f"{len(ours)} {what} are as this version has them"


def lag(chain: Chain) -> str:
    """Do errors become rows soon?"""
    found = _sink_health(chain)
    if found["lag_p95_ms"] is None:
        raise Unchecked("no live error became a row in the last 24 h; what is backfilled does not count")
    if found["lag_p95_ms"] > LATE / timedelta(milliseconds=1):
        raise Broken(
            f"of 100 errors 5 took more than {found['lag_p95_ms'] / 1000:,.0f} s to become rows: look at the sink's "
            "log, and at the oldest unacked message of the subscription"
        )
    return f"of 100 errors 95 were rows within {found['lag_p95_ms'] / 1000:,.1f} s"


def heartbeat(chain: Chain) -> str:
    """Did one come the whole way of late?"""
    last = _sink_health(chain)["last_heartbeat"]
    if last is None and chain.is_local:
        raise Unchecked("nothing sends any on this machine; svcerrors canary --heartbeat does")
    if last is None or datetime.now(UTC) - last > SILENT:
        since = f"none since {last:%Y-%m-%d %H:%M} UTC" if last else "none ever came"
        raise Broken(
            f"{since}: look at the schedule svcerrors-heartbeat, then svcerrors canary says which link is silent"
        )
    return f"the last one came at {last:%H:%M} UTC"


def expected_runs(chain: Chain) -> str:
    """Does the team say what is to run, was each of it ever seen, and is it known what starts it?"""
    rows = newest(chain.store, EXPECTED_RUNS)
    expected = {row["run_name"] for row in rows}
    if not expected:
        raise Broken("nothing is expected, so nothing can be missing: svcerrors expect FILE loads a manifest")
    never = sorted(expected & {name for (name,) in chain.store.query(_NEVER_RAN).rows})
    if never:
        raise Broken(
            f"{len(never)} of {len(expected)} never ran: {', '.join(never[:5])}: is the name right in the manifest?"
        )
    if not chain.is_local:
        _require_lists(chain, {kind_of(row["trigger_name"]) for row in rows if "trigger_name" in row})
    return f"{len(expected)} are expected, and each ran"


def _require_lists(chain: Chain, kinds: set[str | None]) -> None:
    listed = {kind for (kind,) in chain.store.query(_LISTED, {"since": datetime.now(UTC) - OLD}).rows}
    if late := sorted(filter(None, kinds - listed)):
        raise Broken(
            f"runs wait for a {late[0]}, and none was listed for {OLD.days} days, so that one that is deleted is not "
            f"missed: the alert job's log says why; by hand: svcerrors expect --from-project {chain.project}"
        )


_LISTED = "SELECT DISTINCT kind FROM triggers_seen WHERE seen_at >= @since"

_NEVER_RAN = "SELECT run_name FROM pipeline_health WHERE status = 'NEVER_RAN'"


def _sink_health(chain: Chain) -> dict[str, Any]:
    found = chain.store.query("SELECT * FROM sink_health")
    return dict(zip(found.columns, found.rows[0], strict=True))
