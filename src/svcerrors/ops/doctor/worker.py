"""The worker pool that pulls, where the subscription pushes to no one."""

from typing import NamedTuple

from svcerrors.ops.doctor.google import google
from svcerrors.ops.doctor.link import Chain

__all__ = ["POOL", "Worker", "worker"]

POOL = "svcerrors-sink"
"""Called as the service is: the filter of the Log Router leaves out this name."""

_REGION = "cloud.googleapis.com/location"


class Worker(NamedTuple):
    """Where it runs, and why it does not."""

    region: str
    fault: str | None


def worker(chain: Chain) -> Worker | None:
    """Return the worker pool of the project, whichever region it is in; None where there is none.

    Raises:
        Unchecked: It cannot be seen.
    """
    for pool in google(chain, "beta", "run", "worker-pools", "list", f"--project={chain.project}") or ():
        if pool["metadata"]["name"] == POOL:
            return Worker(pool["metadata"]["labels"][_REGION], _fault(pool["status"].get("conditions", ())))
    return None


def _fault(conditions: list[dict[str, str]]) -> str | None:
    ready = next((one for one in conditions if one["type"] == "Ready"), {"message": "it was never ready"})
    return None if ready.get("status") == "True" else ready.get("message") or ready.get("reason") or "no word of why"
