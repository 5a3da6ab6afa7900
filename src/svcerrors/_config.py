"""Start and stop watching this program."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from svcerrors import _hooks
from svcerrors._category import use
from svcerrors._options import check
from svcerrors._outbox import close, configure
from svcerrors._plan import are_exits_watched, watch_exits
from svcerrors._program import BeforeEmit, start_in_children
from svcerrors._redact import use_emails
from svcerrors._runtime import Runtime, identify
from svcerrors._storm import RATE_LIMIT

__all__ = ["init", "uninstall"]

_given: dict[str, Any] | None = None
_switch_off: Callable[[], None] | None = None


def init(  # noqa: PLR0913  # each is one option
    service: str | None = None,
    *,
    release: str | None = None,
    environment: str | None = None,
    before_emit: BeforeEmit | None = None,
    rate_limit: int | None = RATE_LIMIT,
    logging: Literal["ERROR", "WARNING"] | None = None,
    exits: bool | None = None,
    futures: bool = False,
    sigterm: bool = False,
    faulthandler: bool = False,
    redact_emails: bool | None = None,
) -> None:
    """Record every error that nothing in this program catches: in the main thread, in others, in `__del__`, in asyncio.

    Reads the environment and the file that SVCERRORS_RULES names, if any: no thread, no network. Calling it again only
    sets who the program is, `before_emit`, `rate_limit` and `redact_emails` anew; what was switched on stays on until
    `uninstall`.

    Args:
        service: Name of the service; SVCERRORS_SERVICE, else what the platform calls it, unless given.
        release: Version of the code; SVCERRORS_RELEASE, else BUILD_COMMIT, COMMIT_SHA or GIT_SHA, unless given.
        environment: Such as `production`; SVCERRORS_ENVIRONMENT, else ENVIRONMENT or ENV, unless given.
        before_emit: Called with the payload of every error; changes it, or returns another one, or False to write
            nothing. What it raises is ignored.
        rate_limit: Lines of one fingerprint in a second; what is over it is counted, and written later as one line.
            None is no limit.
        logging: "ERROR" records every error that is logged by any logger of the standard library; "WARNING" also
            what is logged as a warning with an exception.
        exits: Record an exit with a code other than 0. In Cloud Run jobs it is, unless this is False.
        futures: Record what functions raise that are submitted to executors of threads and processes, and to pools of
            multiprocessing.
        sigterm: Record how many captured calls were in flight, and runs open, when SIGTERM came. It then does what it
            did before.
        faulthandler: Have the interpreter print its stacks when it crashes: text on standard error.
        redact_emails: Redact the addresses of e-mails as secrets are; SVCERRORS_REDACT_EMAILS=1 unless given.

    Raises:
        UsageError: An argument has a value that it cannot have.
    """
    switches = {"logging": logging, "futures": futures, "sigterm": sigterm, "faulthandler": faulthandler}
    who = {"service": service, "release": release, "environment": environment}
    rest = {"exits": exits, "rate_limit": rate_limit, "redact_emails": redact_emails}
    check(**who, **switches, **rest, before_emit=before_emit)
    use_emails(os.environ, wanted=redact_emails)
    configure(_known(**who), before_emit, rate_limit)
    _use_rules()
    watch_exits(exits)
    _hooks.install()
    _switch_on(**switches, exits=are_exits_watched())
    _remember({**who, **switches, **rest})


def uninstall() -> None:
    """Put every hook back as `init` found it, unless another was put on top: then ours only passes errors on.

    What was held back is written.
    """
    global _given  # noqa: PLW0603  # one program is one process
    if _switch_off:
        _switch_off()
    _hooks.uninstall()
    close()
    use_emails({})
    watch_exits(None)
    _given = None


def _known(service: str | None, release: str | None, environment: str | None) -> Runtime:
    known = identify(os.environ)
    return known.but(
        service=service or known.service,
        release=release or known.release,
        environment=environment or known.environment,
    )


def _use_rules() -> None:
    if not os.environ.get("SVCERRORS_RULES"):
        use(())
        return
    from svcerrors._rules import try_rules  # noqa: PLC0415  # most programs have no such file

    try_rules(os.environ)


def _switch_on(**wanted: Any) -> None:
    global _switch_off  # noqa: PLW0603  # one program is one process
    if any(wanted.values()):
        from svcerrors._switches import switch_off, switch_on  # noqa: PLC0415  # most programs want none

        _switch_off = switch_off
        switch_on(**wanted)


def _remember(given: dict[str, Any]) -> None:
    global _given  # noqa: PLW0603  # one program is one process
    _given = given
    start_in_children(partial(_init_again, given))


def _init_again(given: dict[str, Any]) -> None:
    # A forked child has all of it; a spawned one has nothing, or what its own main module or SVCERRORS_AUTO asked for.
    if _given != given:
        init(**{**given, "sigterm": False})
