"""docs/scaling.md: what a number of errors a second takes and costs, worked out from the inputs that it shows."""

from collections.abc import Callable

from svcerrors.ops.costs import (
    ALERT_MINUTES,
    COSTS,
    GIB,
    INPUTS,
    MONTH,
    UNCONFIRMED,
    WAYS,
    Cost,
    alert_queries,
    idle_free,
    pull_vcpus,
    push_vcpus,
    total,
    value,
    volume,
)

__all__ = ["RATES", "scaling_page"]

RATES = (10, 1_000, 100_000)

_FIGURES: dict[str, Callable[[float], str]] = {
    "messages": lambda rate: f"{rate * MONTH / 1e6:,.0f} M",
    "rows, GiB": lambda rate: f"{volume(rate, 'row') / GIB:,.0f}",
    "pushed, MB/s (base64)": lambda rate: f"{rate * value('message') * 4 / 3 / 1e6:,.1f}",
    "vCPUs of the function": lambda rate: f"{push_vcpus(rate):,.1f}",
    "vCPUs of the worker pool": lambda rate: f"{pull_vcpus(rate):,.1f}",
}

_PAGE = """# Scaling

Scaling out is Cloud Run's, Pub/Sub's and BigQuery's work; svcerrors adds no engine of its own. What is to be decided
is how messages come, and by what rows go in. This page is generated; its inputs are in
`src/svcerrors/ops/costs.py`, and `svcerrors plan --rate N` works them out for any rate.

## What a month takes

{figures}

## What a month costs, in $

{costs}

Together, with the alert job and without the log bucket:

{totals}

Not in it: BigQuery's storage, the queries of people ([views.md](views.md)), network between regions. At 100,000 a
second the log bucket costs more than taking and writing the errors: exclude from `_Default` what the sink stores.

What the alert job reads is worth a look before all else: at each of these rates it is most of the bill. It reads
some columns of {read_days:g} days of errors and of {read_run_days:g} days of runs each time
([cost.md](cost.md)), so that its price goes with rows and with runs of the job. While nothing fails it is {idle} $,
since each table that a query names counts as 10 MiB at least; every {idle_free} minutes that is free.
`deploy.sh --alert-minutes 10` is a fifth of it; `SVCERRORS_COLLAPSE` makes one row of a storm, `--sample-rate` fewer
rows of answers; and from some thousand $ on, a reservation of BigQuery, which is paid by time, is cheaper. At 100,000
a second it is no price to pay but a sign that rows must become fewer before they are asked every two minutes.

## Which, when

- **10 a second**: push and insertAll, as `svcerrors bundle` makes it: it starts fast, scales to nothing, and needs no
  thought. Its cost is small beside that of the alert job, so choose `--alert-minutes` rather than another way in.
- **1,000 a second**: beside the alert job the fee for each push is the largest line, and writing rows together does
  not make it less (it makes some 40 insertAll calls of 1,000). `svcerrors sink pull` has no such fee. Take the
  Storage Write API for its price: `deploy.sh --writer storage`. [deploying.md](deploying.md#another-way-in) has the
  commands of either.
- **100,000 a second**: push is the wrong tool. Its fee is more than all else of taking them, and {pushed} of base64
  are above the 440 MB/s that Pub/Sub pushes in a large region ({unconfirmed}). A worker pool of about {workers} vCPUs
  pulls, and writes by the Storage Write API; its default stream takes hundreds of MB/s in a region ({unconfirmed}; ask
  for the quota before). Here `SVCERRORS_COLLAPSE` is worth its loss: a storm of one error is one row with its count.
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
        read_days=value("read_days"),
        read_run_days=value("read_run_days"),
        idle=f"{alert_queries(0, ALERT_MINUTES):,.0f}",
        idle_free=idle_free(),
        pushed=f"{100_000 * value('message') * 4 / 3 / 1e6:,.0f} MB/s",
        workers=f"{pull_vcpus(100_000):,.0f}",
        unconfirmed=UNCONFIRMED,
    )


def _dollars(cost: Cost) -> list[str]:
    return [f"{cost(rate):,.0f}" for rate in RATES]


def _table(title: str, rows: dict[str, list[str]]) -> str:
    head = "".join(f" {rate:,} a second |" for rate in RATES)
    lines = [f"| {title} |{head}", f"|---|{'--:|' * len(RATES)}"]
    return "\n".join([*lines, *(f"| {what} | {' | '.join(values)} |" for what, values in rows.items())])


def _inputs() -> str:
    lines = ["| | | from |", "|--:|---|---|"]
    return "\n".join([*lines, *(f"| {one.value:,.6g} | {one.what} | {one.source} |" for one in INPUTS.values())])
