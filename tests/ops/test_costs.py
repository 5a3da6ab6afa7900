"""The arithmetic of docs/scaling.md and of `plan`, against figures that were worked out by hand."""

import re
from pathlib import Path

import pytest

from svcerrors.ops import costs as page

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
        # 86.4 M rows a day, 9 days of 348 bytes and 400 of 184, 21,600 times: 130,240 TiB, less 1, at $6.25.
        (lambda rate: page.alert_queries(rate, 2), 813_993),
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
    """docs/cost.md works it out from the views themselves; this table may be off by a fifth, not by more."""
    cost = (Path(__file__).parents[2] / "docs" / "cost.md").read_text("utf-8")
    (dollars,) = re.findall(r"`alerts`, read every two minutes,.* ([0-9.]+) dollars at 1,000,000 rows a day", cost)

    assert page.alert_queries(1_000_000 / 86_400, 2) / 30 == pytest.approx(float(dollars), rel=0.2)
