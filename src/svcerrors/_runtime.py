"""Who am I: a pure function of the environment."""

from __future__ import annotations

from collections.abc import Mapping

from svcerrors._light import Values

__all__ = ["Runtime", "identify"]

VALUE_LIMIT = 200
"""Characters kept of a value."""

# First that is set wins. Sources: Cloud Run's container contract; Cloud Functions' list of environment variables.
_NAMES = {
    "service": (
        "SVCERRORS_SERVICE",
        "K_SERVICE",
        "CLOUD_RUN_JOB",
        "CLOUD_RUN_WORKER_POOL",
        "FUNCTION_NAME",
        "FUNCTION_TARGET",
    ),
    "revision": ("K_REVISION", "CLOUD_RUN_WORKER_POOL_REVISION", "CLOUD_RUN_REVISION"),
    "project": ("GOOGLE_CLOUD_PROJECT", "GCP_PROJECT", "GCLOUD_PROJECT"),
    "release": ("SVCERRORS_RELEASE", "BUILD_COMMIT", "COMMIT_SHA", "GIT_SHA"),
    "environment": ("SVCERRORS_ENVIRONMENT", "ENVIRONMENT", "ENV"),
    "execution": ("CLOUD_RUN_EXECUTION",),
    "task_index": ("CLOUD_RUN_TASK_INDEX",),
}
_MANAGED = ("K_SERVICE", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL")


class Runtime(Values):
    """Where a program runs.

    Attributes:
        task_index: Task of a job's execution, counted from 0.
        managed: Does the platform read standard output as log entries, with nobody at a terminal?
    """

    service: str | None = None
    revision: str | None = None
    project: str | None = None
    release: str | None = None
    environment: str | None = None
    execution: str | None = None
    task_index: int | None = None
    managed: bool = False


def identify(environ: Mapping[str, str]) -> Runtime:
    """Read who a program is from its environment variables; no network, no metadata server."""
    found = {field: _first(environ, names) for field, names in _NAMES.items()}
    index = found.pop("task_index") or ""
    return Runtime(
        **found,
        task_index=int(index) if index.isdecimal() else None,
        managed=_first(environ, _MANAGED) is not None,
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((value[:VALUE_LIMIT] for name in names if (value := environ.get(name, "").strip())), None)
