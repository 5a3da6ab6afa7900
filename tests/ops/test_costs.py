"""The arithmetic of docs/scaling.md and of `plan`, against figures that were worked out by hand."""

import re
from pathlib import Path

import pytest

from bounds import tables_of
from svcerrors.ops import costs as page
from svcerrors.ops.alerts.emit import emit
from svcerrors.ops.expect.dated import refresh
from svcerrors.warehouse import open_warehouse

RATES = (10, 1_000, 100_000)


@pytest.mark.parametrize(
    ("cost", "dollars"),
    [
        # 2,592,000,000 messages of 4 KiB are 9.66 TiB, twice $40 for a TiB, less 10 GiB.
        (page.pubsub, 772),
        # Of 2 KiB 4,944 GiB: $0.05 a GiB, $0.0512 as 200 MiB count; or $0.025, less 2 TiB.
        (page.insert_all, 253),
        (page.storage_write, 72),
        # $0.40 for a million.
        (page.requests, 1_036),
        # 9.66 TiB at $40 and $50, less 10 GiB of the $40.
        (page.archive, 869),
        # 86.4 M rows a day, 9 days of 348 bytes and 36 of 184, and 12 tables of 10 MiB, 21,600 times: 16,562 TiB, less
        # 1, at $6.25.
        (lambda rate: page.alert_queries(rate, 2), 103_504),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_thousand_a_second(cost, dollars):
    """Each line of the bill, of a month."""
    assert round(cost(1_000)) == dollars


def test_no_way_is_cheaper_because_more_comes():
    """A cost that falls as the rate rises would be a mistake in a unit."""
    for parts in page.WAYS.values():
        found = [page.total(parts, rate) for rate in RATES]
        assert found == sorted(found)


def test_little_traffic_is_billed_as_it_is_held():
    """A push now and then does not pay for a whole instance; a worker pool always does."""
    assert page.push_vcpus(1) == pytest.approx(0.15)
    assert page.pull_vcpus(1) == 1.0


def test_each_input_says_where_it_is_from():
    """And is used: an input that no line needs is a line that was forgotten."""
    text = Path(page.__file__).read_text()
    assert all(one.what and one.source for one in page.INPUTS.values())
    assert [
        name
        for name in page.INPUTS
        if f'"{name}")' not in text.partition("def pubsub")[0] + text.partition("def pubsub")[2]
    ] == []


def test_what_the_alert_job_reads_is_what_the_views_read():
    """Bytes and days are those of docs/cost.md, which works them out from the views themselves."""
    cost = (Path(__file__).parents[2] / "docs" / "cost.md").read_text("utf-8")
    (row,) = re.findall(r"(?m)^\| `alerts` \| ([\d,. ]+) \| ([\d,. ]+) \|", cost)
    days, weights = (tuple(map(float, cell.split(", "))) for cell in row)

    assert (page.value("read_days"), page.value("read_run_days")) == days
    assert (page.value("read"), page.value("read_run")) == weights


class Asked:
    """A warehouse that keeps what it is asked."""

    def __init__(self, address):
        self.warehouse = open_warehouse(address)
        self.warehouse.apply()
        self.queries = []

    def __getattr__(self, name):
        return getattr(self.warehouse, name)

    def query(self, sql, parameters=None):
        self.queries.append(sql)
        return self.warehouse.query(sql, parameters)


def test_a_run_of_the_alert_job_names_so_many_tables(tmp_path):
    """Each is counted as 10 MiB at least, in each query: those that a run asks are what it is billed for."""
    store = Asked(f"duckdb:{tmp_path}")
    refresh(store)
    emit(store, {})

    assert page.value("tables") == sum(len(tables_of(sql)) for sql in store.queries)


@pytest.mark.parametrize(("minutes", "dollars"), [(2, 11.77), (5, 0.96), (6, 0)])
def test_nothing_that_fails_is_asked_for_too(minutes, dollars):
    """14 tables of 10 MiB, 21,600 times a month, are 2.88 TiB, of which one is free; every 6 minutes 0.96 TiB."""
    assert page.alert_queries(0, minutes) == pytest.approx(dollars, abs=0.01)


def test_from_some_minutes_on_what_an_idle_one_reads_is_free():
    """And not a minute sooner."""
    assert [page.alert_queries(0, page.idle_free() - sooner) > 0 for sooner in (0, 1)] == [False, True]


def test_the_alert_job_is_in_every_way_that_stores_errors():
    """`deploy.sh` makes it unless told not to, and at each rate of the page it is most of the bill."""
    stored = [parts for parts in page.WAYS.values() if page.archive not in parts]

    assert len(stored) == 4
    assert all(page.alerts(rate) > page.total(parts, rate) / 2 for parts in stored for rate in RATES)
