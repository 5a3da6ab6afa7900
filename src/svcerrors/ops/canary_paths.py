"""Where a canary is sent in: Cloud Logging, or the chain on this machine."""

import json
import time
from typing import Any, Protocol

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.gcloud import tell
from svcerrors.ops.local.chain import LocalChain
from svcerrors.ops.local.identity import Identity
from svcerrors.ops.local.lines import payload

__all__ = ["NAME", "CloudLogging", "LocalPath", "Path"]

NAME = "svcerrors-canary"
"""The service, and the log, that a canary seems to come from."""


class Path(Protocol):
    """A way into the chain."""

    def send(self, line: dict[str, Any]) -> None:
        """Write the line that a service would write."""

    def blame(self, needle: str) -> str:
        """Say in a line which link is silent, when no row of any kind came; `needle` is in what was sent."""


class LocalPath:
    """The chain on this machine.

    Args:
        chain: A sink that runs, and its courier.
    """

    def __init__(self, chain: LocalChain) -> None:
        self._chain = chain
        self._identity = Identity(NAME)

    def send(self, line: dict[str, Any]) -> None:
        """Hand over the entry that Cloud Logging would make of it."""
        made = payload(json.dumps(line))
        self._chain.send(self._identity.entry("run.googleapis.com%2Fstdout", made, time.time_ns()))

    def blame(self, _: str) -> str:
        """Tell what the sink said last."""
        return f"the sink does not store: {self._chain.last_words() or 'it says nothing'}"


class CloudLogging:
    """A project's Cloud Logging, by the gcloud command line, which knows who is logged in.

    Args:
        project: The project whose logs go to the sink.
    """

    def __init__(self, project: str) -> None:
        self._project = project

    def send(self, line: dict[str, Any]) -> None:
        """Write it as a Cloud Run service's.

        Raises:
            UsageError: There is no gcloud.
            SvcErrorsError: Cloud Logging did not take it.
        """
        labels = {"project_id": self._project, "location": "global", "service_name": NAME, "revision_name": NAME}
        self._gcloud(
            "write",
            NAME,
            json.dumps({name: value for name, value in line.items() if name != "severity"}),
            "--payload-type=json",
            f"--severity={line['severity']}",
            "--monitored-resource-type=cloud_run_revision",
            "--monitored-resource-labels=" + ",".join(f"{name}={value}" for name, value in labels.items()),
        )

    def blame(self, needle: str) -> str:
        """Look whether Cloud Logging has it."""
        log = f'logName="projects/{self._project}/logs/{NAME}" AND {needle}'
        if self._gcloud("read", log, "--freshness=1h", "--limit=1", "--format=value(insertId)").strip():
            return (
                "Cloud Logging has it, and no row of anything came since: the Log Router sink, the topic, the "
                "subscription or the sink is silent; `svcerrors doctor` looks at each"
            )
        return f"Cloud Logging does not show it in project {self._project}: is it the project whose logs are routed?"

    def _gcloud(self, *words: str) -> str:
        try:
            return tell("logging", *words, f"--project={self._project}")
        except UsageError as exc:
            raise UsageError(f"a canary is sent by gcloud: {exc}") from exc
        except SvcErrorsError as exc:
            raise SvcErrorsError(f"Cloud Logging did not take what gcloud gave it: {exc}") from exc
