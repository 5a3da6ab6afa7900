"""Links that were deployed: Google's side of the chain, as gcloud shows it, and the sink."""

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from svcerrors.logs.filter import inclusion_filter
from svcerrors.ops.alerts import log
from svcerrors.ops.alerts.notices import LOG
from svcerrors.ops.alerts.routes import missing, variable
from svcerrors.ops.doctor.google import AGAIN, google, of_gcloud
from svcerrors.ops.doctor.link import Broken, Chain, Unchecked
from svcerrors.ops.doctor.worker import POOL, worker
from svcerrors.ops.gcloud import tell

__all__ = ["answer", "log_filter", "routes", "subscription"]

LOG_SINK, SUBSCRIPTION, ALERT_JOB = "svcerrors", "svcerrors-push", "svcerrors-alerts"
"""What deploy.sh calls them."""

ACK_SECONDS = 30
SECONDS = 10.0

_SAMPLED = re.compile(r"sample\(insertId, ([0-9.]+)\)")
_REGION = re.compile(r"[.]([a-z0-9-]+)[.]run[.]app")


def log_filter(chain: Chain) -> str:
    """Does the Log Router send what this version reads, and from everyone?"""
    parents = chain.logs_from or (f"projects/{chain.project}",)
    for parent in parents:
        found = google(chain, "logging", "sinks", "describe", LOG_SINK, _flag(parent))
        if found.get("disabled"):
            raise Broken(
                f"the Log Router sink of {parent} is disabled: gcloud logging sinks update {LOG_SINK} --no-disabled"
            )
        rate = _SAMPLED.search(found.get("filter", ""))
        if found.get("filter") != inclusion_filter(sample_rate=float(rate[1]) if rate else None):
            raise Broken(f"the Log Router sink of {parent} has another filter than this version: {AGAIN}")
    return f"the Log Router sends what this version reads, from {', '.join(parents)}"


def _flag(parent: str) -> str:
    kind, _, name = parent.partition("/")
    return f"--{kind.removesuffix('s')}={name}"


def subscription(chain: Chain) -> str:
    """Does it push, or is it pulled, and does it keep what is not taken?"""
    found = _subscription(chain)
    faults = {
        "its topic was deleted": found.get("topic") == "_deleted-topic_",
        "it is not active": found.get("state", "ACTIVE") != "ACTIVE",
        f"it pushes to no one, and no worker pool {POOL} is there to pull": not (_endpoint(found) or worker(chain)),
        "it has no dead-letter topic": not found.get("deadLetterPolicy"),
        f"its deadline is shorter than {ACK_SECONDS} s": found.get("ackDeadlineSeconds", 10) < ACK_SECONDS,
    }
    if fault := next((fault for fault, holds in faults.items() if holds), None):
        raise Broken(f"{SUBSCRIPTION}: {fault}: {AGAIN}")
    return f"it pushes to {_endpoint(found)}" if _endpoint(found) else f"it is for the worker pool {POOL} to pull"


def answer(chain: Chain) -> str:
    """Does the sink say that it lives?"""
    if chain.is_local and not chain.sink:
        raise Unchecked("no sink runs on this machine but while `svcerrors dev` does; --sink URL looks at one")
    url = (chain.sink or _endpoint(_subscription(chain))).rstrip("/")
    if not url:
        return _worker(chain)
    request = urllib.request.Request(f"{url}/healthz", headers=_token(url))  # noqa: S310  # of our own subscription
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as said:  # noqa: S310
            return f"{url} says {said.read(200).decode('utf-8', 'replace')}"
    except urllib.error.HTTPError as exc:
        if exc.code in {401, 403}:
            raise Unchecked(f"{url} does not let you in: roles/run.invoker on it would") from exc
        raise Broken(f"{url} answers {exc.code}: look at its log for what it said at boot") from exc
    except OSError as exc:
        raise Broken(
            f"{url} does not answer ({exc}): does it boot? gcloud run services logs read svcerrors-sink"
        ) from exc


def _worker(chain: Chain) -> str:
    if not (found := worker(chain)):
        raise Unchecked("the subscription pushes to no one")
    if found.fault:
        raise Broken(
            f"the worker pool {POOL} is not ready ({found.fault}): gcloud alpha run worker-pools logs read {POOL} "
            f"--region {found.region}"
        )
    return f"the worker pool {POOL} is ready; whether it works, its heartbeat says"


def routes(chain: Chain) -> str:
    """Has every route of the policy an address, and did the last notice get there?"""
    wanted = sorted(log.routes(chain.store) - {LOG})
    if not wanted:
        return "the policy sends to the log alone: only a monitoring policy tells anyone, once in five minutes"
    for route, last in log.checks(chain.store).items():
        if route in wanted and not last["is_sent"]:
            raise Broken(f"what was last sent on route {route} did not get there: `svcerrors alerts` says why")
    known = None if chain.is_local else _job_variables(chain)
    for route in wanted:
        fault = missing(route, chain.environ) if known is None else _unknown(route, known)
        if fault:
            raise Broken(f"route {route}: {fault}")
    return f"{', '.join(wanted)} have addresses"


def _unknown(route: str, known: set[str]) -> str | None:
    name = variable(route)
    return None if name in known else f"the alert job has no {name}: run deploy.sh with --route {route}=SECRET"


def _job_variables(chain: Chain) -> set[str]:
    job = google(
        chain, "run", "jobs", "describe", ALERT_JOB, f"--region={_region(chain)}", f"--project={chain.project}"
    )
    (container,) = job["spec"]["template"]["spec"]["template"]["spec"]["containers"]
    return {one["name"] for one in container.get("env", ())}


def _region(chain: Chain) -> str:
    if found := _REGION.search(_endpoint(_subscription(chain))):
        return found[1]
    if pool := worker(chain):
        return pool.region
    raise Unchecked("neither the subscription nor a worker pool says in which region the alert job runs")


def _subscription(chain: Chain) -> dict[str, Any]:
    found: dict[str, Any] = google(
        chain, "pubsub", "subscriptions", "describe", SUBSCRIPTION, f"--project={chain.project}"
    )
    return found


def _endpoint(found: Mapping[str, Any]) -> str:
    return str(found.get("pushConfig", {}).get("pushEndpoint", ""))


def _token(url: str) -> Mapping[str, str]:
    if not url.startswith("https:"):
        return {}
    return {"Authorization": f"Bearer {of_gcloud(tell, 'auth', 'print-identity-token').strip()}"}
