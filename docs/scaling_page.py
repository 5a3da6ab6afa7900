"""docs/scaling.md: what a number of errors a second takes and costs, worked out from the inputs that it shows."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["COSTS", "INPUTS", "RATES", "WAYS", "scaling_page"]

RATES = (10, 1_000, 100_000)
MONTH = 30 * 24 * 3600
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
_UNCONFIRMED = "**unconfirmed**"

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
    "request": Input(0.40e-6, "$ for a request", f"{_RUN}; {_UNCONFIRMED}"),
    "requests_free": Input(2e6, "requests of a month free", _RUN),
    "vcpu": Input(24e-6, "$ for a vCPU second while a request is served", _RUN),
    "gib": Input(2.5e-6, "$ for a GiB second of memory, likewise", f"{_RUN}; {_UNCONFIRMED}"),
    "vcpu_always": Input(18e-6, "$ for a vCPU second that is always there", f"{_RUN}; for worker pools {_UNCONFIRMED}"),
    "gib_always": Input(2e-6, "$ for a GiB second of memory, likewise", f"{_RUN}; for worker pools {_UNCONFIRMED}"),
    "logging": Input(0.50, "$ for a GiB kept in a log bucket", f"Cloud Logging's; {_UNCONFIRMED}"),
}


def _(name: str) -> float:
    return INPUTS[name].value


def _bytes(rate: float, what: str) -> float:
    return rate * MONTH * _(what)


def _billed(amount: float, free: float, price: float) -> float:
    return max(0.0, amount - free) * price


def pubsub(rate: float) -> float:
    """Publishing and delivering."""
    return _billed(2 * _bytes(rate, "message"), _("pubsub_free"), _("pubsub") / TIB)


def archive(rate: float) -> float:
    """Publishing, and the subscription that writes each message into a table."""
    published = _billed(_bytes(rate, "message"), _("pubsub_free"), _("pubsub") / TIB)
    return published + _bytes(rate, "message") * _("archive") / TIB


def insert_all(rate: float) -> float:
    """Rows by insertAll."""
    return _bytes(rate, "row") * _("insert_all")


def storage_write(rate: float) -> float:
    """Rows by the Storage Write API."""
    return _billed(_bytes(rate, "row"), _("storage_free"), _("storage") / GIB)


def requests(rate: float) -> float:
    """The fee for each push: writing many rows together does not make it less."""
    return _billed(rate * MONTH, _("requests_free"), _("request"))


def push_vcpus(rate: float) -> float:
    """Return the vCPUs that are billed: below one, the part of the time in which some push is held."""
    return max(min(1.0, rate * _("held")), rate * _("push_cpu") / _("use"))


def pull_vcpus(rate: float) -> float:
    """Return the vCPUs of the worker pool: at least one, always there."""
    return max(1.0, rate * _("pull_cpu") / _("use"))


def push_compute(rate: float) -> float:
    """CPU and memory of the function."""
    return push_vcpus(rate) * MONTH * (_("vcpu") + _("memory") * _("gib"))


def pull_compute(rate: float) -> float:
    """CPU and memory of the worker pool."""
    return pull_vcpus(rate) * MONTH * (_("vcpu_always") + _("memory") * _("gib_always"))


def logging(rate: float) -> float:
    """Return what Cloud Logging charges for keeping the same entries, with or without svcerrors."""
    return _bytes(rate, "message") * _("logging") / GIB


Cost = Callable[[float], float]

COSTS: dict[str, Cost] = {
    "Pub/Sub, published and delivered": pubsub,
    "Pub/Sub, published and written by a BigQuery subscription": archive,
    "BigQuery, insertAll": insert_all,
    "BigQuery, Storage Write API": storage_write,
    "Cloud Run, requests": requests,
    "Cloud Run, function: CPU and memory": push_compute,
    "Cloud Run, worker pool: CPU and memory": pull_compute,
    "Cloud Logging, if its bucket keeps them too": logging,
}

WAYS: dict[str, tuple[Cost, ...]] = {
    "push, insertAll": (pubsub, requests, push_compute, insert_all),
    "push, Storage Write API": (pubsub, requests, push_compute, storage_write),
    "pull, insertAll": (pubsub, pull_compute, insert_all),
    "pull, Storage Write API": (pubsub, pull_compute, storage_write),
    "BigQuery subscription, raw archive alone": (archive,),
}

_FIGURES: dict[str, Callable[[float], str]] = {
    "messages": lambda rate: f"{rate * MONTH / 1e6:,.0f} M",
    "rows, GiB": lambda rate: f"{_bytes(rate, 'row') / GIB:,.0f}",
    "pushed, MB/s (base64)": lambda rate: f"{rate * _('message') * 4 / 3 / 1e6:,.1f}",
    "vCPUs of the function": lambda rate: f"{push_vcpus(rate):,.1f}",
    "vCPUs of the worker pool": lambda rate: f"{pull_vcpus(rate):,.1f}",
}

_PAGE = """# Scaling

Scaling out is Cloud Run's, Pub/Sub's and BigQuery's work; svcerrors adds no engine of its own. What is to be decided
is how messages come, and by what rows go in. This page is generated from `docs/scaling_page.py`: change an input
there.

## What a month takes

{figures}

## What a month costs, in $

{costs}

Together, without Cloud Logging:

{totals}

Not in it: BigQuery's storage, the queries ([views.md](views.md)), network between regions, the log bucket of the last
line above. At 100,000 a second that bucket costs more than all the rest: exclude from `_Default` what the sink
stores.

## Which, when

- **10 a second**: push and insertAll, as `svcerrors bundle` makes it. The cost is noise; what counts is that it
  starts fast, scales to nothing, and needs no thought.
- **1,000 a second**: the fee for each push is the largest line, and writing rows together does not make it less (it
  makes some 40 insertAll calls of 1,000). `svcerrors sink pull` has no such fee. Take the Storage Write API for its
  price.
- **100,000 a second**: push is the wrong tool. Its fee is more than all else, and {pushed} of base64 are above the
  440 MB/s that Pub/Sub pushes in a large region ({unconfirmed}). A worker pool of about {workers} vCPUs pulls, and
  writes by the Storage Write API; its default stream takes hundreds of MB/s in a region ({unconfirmed}; ask for the
  quota before). Here `SVCERRORS_COLLAPSE` is worth its loss: a storm of one error is one row with its count.
- **A BigQuery subscription** cannot parse a traceback, so it is no sink. As a second subscription of the same topic
  it is a raw archive that has no code of ours that could fail: `svcerrors ingest` reads what it holds after a fix. It
  doubles the delivery, so set it up where losing the 7 days that Pub/Sub keeps what is not acknowledged would hurt.

What one process does is in [performance.md](performance.md); the two ways in compare in
[sink_function/README.md](../sink_function/README.md).

## Past one region

- A log sink is global and a topic takes from every region, so one sink may serve all: the price is the network
  between regions, and that errors of one region wait for another. It is the right beginning.
- Where that is too much, or data must stay where it is: one log sink for each region, with
  `resource.labels.location="REGION"` added to the filter, its topic with a message storage policy, its function or
  worker pool, and its dataset there. Nothing is shared, so nothing fails together; each is the same deployment with
  other names.
- A BigQuery query reads one location. Groups and alerts of a region come from its own dataset, and `svcerrors alerts
  --emit` runs once for each. A picture of all of them needs the rows in one multi-region dataset (EU or US, to which
  any region may write), or copies of the datasets there.
- A region that is away loses nothing that was published: Pub/Sub keeps what is not acknowledged for 7 days, 31 when
  told to, and an error that comes late is a row at the time at which it happened.
- Past what one topic takes, the filter cuts again, by service or by project; a dataset takes as many writers as come.

## Inputs

{inputs}

{unconfirmed}: not found on a page of Google's that we could read; look before you budget.
"""


def scaling_page() -> str:
    """Return the page."""
    return _PAGE.format(
        figures=_table("", {what: [tell(rate) for rate in RATES] for what, tell in _FIGURES.items()}),
        costs=_table("", {what: _dollars(cost) for what, cost in COSTS.items()}),
        totals=_table("", {way: _dollars(lambda rate, parts=parts: total(parts, rate)) for way, parts in WAYS.items()}),
        inputs=_inputs(),
        pushed=f"{100_000 * _('message') * 4 / 3 / 1e6:,.0f} MB/s",
        workers=f"{pull_vcpus(100_000):,.0f}",
        unconfirmed=_UNCONFIRMED,
    )


def total(parts: tuple[Cost, ...], rate: float) -> float:
    """Return what a way costs in a month."""
    return sum(part(rate) for part in parts)


def _dollars(cost: Cost) -> list[str]:
    return [f"{cost(rate):,.0f}" for rate in RATES]


def _table(title: str, rows: dict[str, list[str]]) -> str:
    head = "".join(f" {rate:,} a second |" for rate in RATES)
    lines = [f"| {title} |{head}", f"|---|{'--:|' * len(RATES)}"]
    return "\n".join([*lines, *(f"| {what} | {' | '.join(values)} |" for what, values in rows.items())])


def _inputs() -> str:
    lines = ["| | | from |", "|--:|---|---|"]
    return "\n".join([*lines, *(f"| {one.value:,.6g} | {one.what} | {one.source} |" for one in INPUTS.values())])
