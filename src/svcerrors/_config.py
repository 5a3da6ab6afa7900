"""Start and stop watching this program."""

import os

from svcerrors import _hooks
from svcerrors._before_emit import BeforeEmit
from svcerrors._options import check
from svcerrors._record import configure
from svcerrors._runtime import identify

__all__ = ["init", "uninstall"]


def init(
    service: str | None = None,
    *,
    release: str | None = None,
    environment: str | None = None,
    before_emit: BeforeEmit | None = None,
) -> None:
    """Record every error that nothing in this program catches: in the main thread, in others, in `__del__`, in asyncio.

    Reads the environment and nothing else: no thread, no network, no file. Calling it again only sets the arguments
    anew.

    Args:
        service: Name of the service; SVCERRORS_SERVICE, else what the platform calls it, unless given.
        release: Version of the code; SVCERRORS_RELEASE, else BUILD_COMMIT, COMMIT_SHA or GIT_SHA, unless given.
        environment: Such as `production`; SVCERRORS_ENVIRONMENT, else ENVIRONMENT or ENV, unless given.
        before_emit: Called with the payload of every error; changes it, or returns another one, or False to write
            nothing. What it raises is ignored.

    Raises:
        UsageError: An argument has a value that it cannot have.
    """
    check(service=service, release=release, environment=environment, before_emit=before_emit)
    known = identify(os.environ)
    configure(
        known._replace(
            service=service or known.service,
            release=release or known.release,
            environment=environment or known.environment,
        ),
        before_emit,
    )
    _hooks.install()


def uninstall() -> None:
    """Put every hook back as `init` found it, unless another was put on top: then ours only passes errors on."""
    _hooks.uninstall()
    configure(None)
