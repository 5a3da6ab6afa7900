"""What a number of errors a second costs in a month, worked out from a table of inputs; docs/scaling.md shows both."""

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

__all__ = [
    "ALERT_MINUTES", "COSTS", "GIB", "INPUTS", "MONTH", "PUSHED", "TIB", "UNCONFIRMED", "WAYS", "Cost", "alert_job",
    "alert_queries", "alerts", "idle_free", "pull_vcpus", "push_vcpus", "total", "value", "volume",
]  # fmt: skip

MONTH = 30 * 24 * 3600
"""Seconds."""

GIB, TIB = 2**30, 2**40


class Input(NamedTuple):
    """A number that goes into the arithmetic, and where it is from; `confirmed` by a page of Google's that was read."""

    value: float
    what: str
    source: str


_RUN = "cloud.google.com/run/pricing, tier 1"
_BIGQUERY = "cloud.google.com/bigquery/pricing"
_MEASURED = "measured, performance.md"
_ASSUMED = "assumed"
UNCONFIRMED = "**unconfirmed**"
"""Not found on a page of Google's that could be read."""


INPUTS = {
    "message": Input(4_096, "bytes of a message: a log entry with a traceback", "two entries as captured, 4.2 kB"),
    "row": Input(2_048, "bytes of its row", _ASSUMED),
    "push_cpu": Input(1.1e-3, "CPU seconds of a pushed message, functions-framework at 80 at once", _MEASURED),
    "pull_cpu": Input(0.4e-3, "CPU seconds of a pulled message", _MEASURED),
    "held": Input(0.15, "seconds that a push is held while its row is written", _ASSUMED),
    "use": Input(0.6, "part of its CPU that an instance is loaded with", "Cloud Run's autoscaler aims at it"),
    "memory": Input(0.5, "GiB for each vCPU", _ASSUMED),
    "pubsub": Input(40.0, "$ for a TiB published, and again for it delivered", "cloud.google.com/pubsub/pricing"),
    "pubsub_free": Input(10 * GIB, "bytes of a month free", "cloud.google.com/pubsub/pricing"),
    "archive": Input(50.0, "$ for a TiB that a BigQuery subscription writes", "cloud.google.com/pubsub/pricing"),
    "insert_all": Input(0.01 / (200 * 2**20), "$ for a byte by insertAll ($0.01 for 200 MiB)", _BIGQUERY),
    "storage": Input(0.025, "$ for a GiB by the Storage Write API", _BIGQUERY),
    "storage_free": Input(2 * TIB, "bytes of a month free", _BIGQUERY),
    "request": Input(0.40e-6, "$ for a request", f"{_RUN}; {UNCONFIRMED}"),
    "requests_free": Input(2e6, "requests of a month free", _RUN),
    "vcpu": Input(24e-6, "$ for a vCPU second while a request is served", _RUN),
    "gib": Input(2.5e-6, "$ for a GiB second of memory, likewise", f"{_RUN}; {UNCONFIRMED}"),
    "vcpu_always": Input(18e-6, "$ for a vCPU second that is always there", f"{_RUN}; for worker pools {UNCONFIRMED}"),
    "gib_always": Input(2e-6, "$ for a GiB second of memory, likewise", f"{_RUN}; for worker pools {UNCONFIRMED}"),
    "job": Input(60.0, "seconds that a run of the alert job is billed for, at least", f"{_RUN}; {UNCONFIRMED}"),
    "read": Input(348.0, "bytes of an error's row that the alert job reads", "cost.md"),
    "read_days": Input(9.0, "days of errors that it reads", "cost.md"),
    "read_run": Input(184.0, "bytes of a run's row that it reads; as many runs as errors are assumed", "cost.md"),
    "read_run_days": Input(36.0, "days of runs that it reads", "cost.md"),
    "tables": Input(14.0, "tables that a run of the alert job names, one by one in each of its queries", "cost.md"),
    "least": Input(10 * 2**20, "bytes that a table counts as, at least, in each query that names it", _BIGQUERY),
    "query": Input(6.25, "$ for a TiB that queries read", f"{_BIGQUERY}; {UNCONFIRMED}"),
    "query_free": Input(1 * TIB, "bytes of a month free", f"{_BIGQUERY}; {UNCONFIRMED}"),
    "logging": Input(0.50, "$ for a GiB kept in a log bucket", f"Cloud Logging's; {UNCONFIRMED}"),
}


def value(name: str) -> float:
    """Return an input's number."""
    return INPUTS[name].value


def volume(rate: float, what: str) -> float:
    """Return the bytes of a month's messages, or of its rows."""
    return rate * MONTH * value(what)


def _billed(amount: float, free: float, price: float) -> float:
    return max(0.0, amount - free) * price


def pubsub(rate: float) -> float:
    """Publishing and delivering."""
    return _billed(2 * volume(rate, "message"), value("pubsub_free"), value("pubsub") / TIB)


def archive(rate: float) -> float:
    """Publishing, and the subscription that writes each message into a table."""
    published = _billed(volume(rate, "message"), value("pubsub_free"), value("pubsub") / TIB)
    return published + volume(rate, "message") * value("archive") / TIB


def insert_all(rate: float) -> float:
    """Rows by insertAll."""
    return volume(rate, "row") * value("insert_all")


def storage_write(rate: float) -> float:
    """Rows by the Storage Write API."""
    return _billed(volume(rate, "row"), value("storage_free"), value("storage") / GIB)


def requests(rate: float) -> float:
    """The fee for each push: writing many rows together does not make it less."""
    return _billed(rate * MONTH, value("requests_free"), value("request"))


def push_vcpus(rate: float) -> float:
    """Return the vCPUs that are billed: below one, the part of the time in which some push is held."""
    return max(min(1.0, rate * value("held")), rate * value("push_cpu") / value("use"))


def pull_vcpus(rate: float) -> float:
    """Return the vCPUs of the worker pool: at least one, always there."""
    return max(1.0, rate * value("pull_cpu") / value("use"))


def push_compute(rate: float) -> float:
    """CPU and memory of the function."""
    return push_vcpus(rate) * MONTH * (value("vcpu") + value("memory") * value("gib"))


def pull_compute(rate: float) -> float:
    """CPU and memory of the worker pool."""
    return pull_vcpus(rate) * MONTH * (value("vcpu_always") + value("memory") * value("gib_always"))


ALERT_MINUTES = 2.0
"""How often the alert job runs unless told otherwise."""


def alert_job(minutes: float) -> float:
    """CPU and memory of the alert job, which runs every so many minutes."""
    return MONTH / (minutes * 60) * value("job") * (value("vcpu_always") + value("memory") * value("gib_always"))


def alert_queries(rate: float, minutes: float) -> float:
    """Return what BigQuery charges for what the alert job reads, without a reservation."""
    runs = MONTH / (minutes * 60)
    return _billed(runs * _read_in_a_run(rate * 86_400), value("query_free"), value("query") / TIB)


def idle_free() -> int:
    """Return the minutes between runs of the alert job from which on BigQuery charges nothing, while nothing fails."""
    return next(minutes for minutes in count(1) if not alert_queries(0, minutes))


def _read_in_a_run(rows: float) -> float:
    """Return the bytes that are counted for one run of the alert job, with so many errors and runs a day."""
    growing = (rows * value("read") * value("read_days"), rows * value("read_run") * value("read_run_days"))
    others = (value("tables") - len(growing)) * value("least")
    return others + sum(max(value("least"), one) for one in growing)


def alerts(rate: float) -> float:
    """Return what the alert job takes as `deploy.sh` makes it: its own CPU and memory, and what it reads."""
    return alert_job(ALERT_MINUTES) + alert_queries(rate, ALERT_MINUTES)


def logging(rate: float) -> float:
    """Return what Cloud Logging charges for keeping the same entries, with or without svcerrors."""
    return volume(rate, "message") * value("logging") / GIB


Cost = Callable[[float], float]

COSTS: dict[str, Cost] = {
    "Pub/Sub, published and delivered": pubsub,
    "Pub/Sub, published and written by a BigQuery subscription": archive,
    "BigQuery, insertAll": insert_all,
    "BigQuery, Storage Write API": storage_write,
    "Cloud Run, requests": requests,
    "Cloud Run, function: CPU and memory": push_compute,
    "Cloud Run, worker pool: CPU and memory": pull_compute,
    "The alert job every 2 minutes, by what BigQuery reads for it": alerts,
    "Cloud Logging, if its bucket keeps them too": logging,
}

PUSHED = (pubsub, requests, push_compute, insert_all)
"""As `deploy.sh` makes it, but for the alert job."""

WAYS: dict[str, tuple[Cost, ...]] = {
    "push, insertAll": (*PUSHED, alerts),
    "push, Storage Write API": (pubsub, requests, push_compute, storage_write, alerts),
    "pull, insertAll": (pubsub, pull_compute, insert_all, alerts),
    "pull, Storage Write API": (pubsub, pull_compute, storage_write, alerts),
    "BigQuery subscription, raw archive alone": (archive,),
}


def total(parts: tuple[Cost, ...], rate: float) -> float:
    """Return what a way costs in a month."""
    return sum(part(rate) for part in parts)
