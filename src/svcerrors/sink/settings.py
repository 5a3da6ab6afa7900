"""What the environment tells the sink; what cannot work is said at boot, in one line."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from svcerrors._errors import UsageError

__all__ = ["CONCURRENCY", "Settings"]

DEFAULT_WAREHOUSE = "duckdb:.svcerrors"

CONCURRENCY = 80
"""Requests that Cloud Run gives one instance at once unless told otherwise
(https://cloud.google.com/run/docs/about-concurrency)."""

_ON_CLOUD_RUN = ("K_SERVICE", "CLOUD_RUN_WORKER_POOL")
"""Variables of which Cloud Run sets one in every service or worker pool."""

_THREADS = "THREADS"
"""How many threads functions-framework gives gunicorn; 4 per CPU unless set (its `_http/gunicorn.py`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this sink runs.

    Attributes:
        warehouse: Address of the warehouse.
        source: What the column `source` says.
        sample_rate: Part of the answers to ordinary callers that the filter lets through; None: it lets none through.
        concurrency: How many requests it is given at once.
        collapse: More errors of one fingerprint than these in one write become one row; None: each has its own.
        audience: What a push's token must be made for; None: tokens are not looked at.
        account: Whose token it must be.
        subscription: The only subscription that may push; None: any.
        service: The sink's own name on Cloud Run, None elsewhere.
        revision: Its revision there.
    """

    warehouse: str = DEFAULT_WAREHOUSE
    source: str = "live"
    sample_rate: float | None = None
    concurrency: int = CONCURRENCY
    collapse: int | None = None
    audience: str | None = None
    account: str | None = None
    subscription: str | None = None
    service: str | None = None
    revision: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment.

        Raises:
            UsageError: The sink cannot work so.
        """
        return cls(
            warehouse=_warehouse(environ),
            source=environ.get("SVCERRORS_SOURCE") or "live",
            sample_rate=_rate(environ, "SVCERRORS_SAMPLE_RATE"),
            concurrency=_positive(environ, "SVCERRORS_CONCURRENCY", CONCURRENCY),
            collapse=_collapse(environ),
            **_token(environ),
            subscription=environ.get("SVCERRORS_PUSH_SUBSCRIPTION") or None,
            service=environ.get("K_SERVICE") or environ.get("CLOUD_RUN_WORKER_POOL") or None,
            revision=environ.get("K_REVISION") or environ.get("CLOUD_RUN_REVISION") or None,
        )

    def claim_threads(self, environ: MutableMapping[str, str]) -> None:
        """Give functions-framework, which reads THREADS later, one thread for each request at once.

        A request holds its thread while its row is written; with fewer threads than requests the rest waits outside,
        where no row of theirs can go into the next write.

        Raises:
            UsageError: THREADS is set to less.
        """
        threads = _positive(environ, _THREADS, self.concurrency)
        if threads < self.concurrency:
            raise UsageError(
                f"THREADS={threads} is less than SVCERRORS_CONCURRENCY={self.concurrency}: unset THREADS, "
                "or set SVCERRORS_CONCURRENCY to the concurrency that the service is deployed with"
            )
        environ[_THREADS] = str(threads)

    def describe(self) -> str:
        """Say in one line how this sink runs."""
        pushers = f"only {self.subscription}" if self.subscription else "any subscription"
        check = (
            f"tokens of {self.account} for {self.audience}"
            if self.audience
            else "token check OFF (SVCERRORS_PUSH_AUDIENCE and SVCERRORS_PUSH_ACCOUNT turn it on)"
        )
        return f"svcerrors sink: writes to {self.warehouse}; {self.concurrency} at once; {pushers}; {check}"


def _warehouse(environ: Mapping[str, str]) -> str:
    address = environ.get("SVCERRORS_WAREHOUSE", "")
    if not environ.keys().isdisjoint(_ON_CLOUD_RUN) and not address.startswith(("bigquery:", "bigquery+storage:")):
        raise UsageError(
            "set SVCERRORS_WAREHOUSE=bigquery:PROJECT.DATASET; on Cloud Run any other store is memory that is lost"
        )
    return address or DEFAULT_WAREHOUSE


def _token(environ: Mapping[str, str]) -> dict[str, str | None]:
    audience, account = environ.get("SVCERRORS_PUSH_AUDIENCE"), environ.get("SVCERRORS_PUSH_ACCOUNT")
    if bool(audience) != bool(account):
        raise UsageError(
            "set both SVCERRORS_PUSH_AUDIENCE and SVCERRORS_PUSH_ACCOUNT, or neither: anyone with an account at Google "
            "can have a token for any audience, and a token of the right account may be made for another service"
        )
    return {"audience": audience or None, "account": account or None}


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    given = environ.get(name) or str(default)
    if not (given.isascii() and given.isdigit() and 0 < int(given) <= 1000):  # noqa: PLR2004  # Cloud Run's own maximum
        raise UsageError(f"{name}={given} is no number from 1 to 1000")
    return int(given)


def _collapse(environ: Mapping[str, str]) -> int | None:
    return _positive(environ, "SVCERRORS_COLLAPSE", 1) if environ.get("SVCERRORS_COLLAPSE") else None


def _rate(environ: Mapping[str, str], name: str) -> float | None:
    given = environ.get(name)
    try:
        rate = float(given) if given else None
    except ValueError:
        rate = 0.0
    if rate is not None and not 0 < rate <= 1:
        raise UsageError(f"{name}={given} is no number above 0 and up to 1: give what sample() has in the filter")
    return rate
