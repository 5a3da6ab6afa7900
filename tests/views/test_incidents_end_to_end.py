"""From what happened to what is counted: entries of known failures, shuffled and doubled, as incidents."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from support import failures
from svcerrors.sink import Delivery, Intake
from svcerrors.warehouse import open_warehouse

NOW = datetime.now(UTC)


def happened(made, seconds_ago):
    """Yield the entries of a failure with their times."""
    began = NOW - timedelta(seconds=seconds_ago)
    for after, one in made.entries:
        at = (began + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        yield {**one, "timestamp": at, "receiveTimestamp": at}


def counted(tmp_path, entries, rng):
    """Deliver the entries in any order, some twice, through three instances of the sink; return the incidents."""
    warehouse = open_warehouse(f"duckdb:{tmp_path / str(rng.random())}")
    warehouse.apply()
    arriving = [*entries, *rng.sample(entries, len(entries) // 5)]
    rng.shuffle(arriving)
    for part in (arriving[::3], arriving[1::3], arriving[2::3]):
        Intake(warehouse).store([Delivery(json.dumps(one).encode(), one) for one in part])
    found = warehouse.query("SELECT * FROM incidents ORDER BY service_name, first_seen, incident_id")
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def tally(rows):
    return sorted((row["service_name"], row["error_type"], row["occurrences"]) for row in rows)


def expected(made):
    return sorted((one.service, one.root, one.occurrences) for one in made)


@pytest.mark.parametrize("seed", range(4))
def test_as_many_incidents_as_failures(tmp_path, seed):
    """Failures of every kind, on several instances of several services, some of them at once."""
    rng = random.Random(seed)  # noqa: S311  # which failures, not a secret
    made, entries = [], []
    for service in ("scores", "odds", "phase3-to-phase4"):
        ago = 40_000.0
        for _ in range(25):
            one = rng.choice(failures.WITH_WORDS)(service)
            ago -= rng.choice((0.0, 0.5, 3, 45, 400))
            made.append(one)
            entries += happened(one, ago)
    assert tally(counted(tmp_path, entries, rng)) == expected(made)


@pytest.mark.parametrize("kind", failures.WITH_WORDS, ids=lambda kind: kind.__name__)
def test_each_kind_alone_is_one(tmp_path, kind):
    """One failure is one incident, and every other row of it is a symptom."""
    made = kind("scores")
    (row,) = counted(tmp_path, list(happened(made, 600)), random.Random(1))  # noqa: S311
    assert (row["error_type"], row["occurrences"]) == (made.root, made.occurrences)


@pytest.mark.parametrize("kind", [failures.import_failure, failures.wordless_crash])
def test_a_crash_loop_is_one_group_with_its_true_count(tmp_path, kind):
    """Every ten seconds for an hour: 360 occurrences of one fingerprint, and not six per crash."""
    made = [kind("phase3-to-phase4") for _ in range(360)]
    entries = [one for n, crash in enumerate(made) for one in happened(crash, 7_200 - 10 * n)]
    rows = counted(tmp_path, entries, random.Random(2))  # noqa: S311
    assert len({row["fingerprint"] for row in rows}) == 1
    assert sum(row["occurrences"] for row in rows) == 360
    assert tally(rows) == expected(made)


def test_requests_without_a_word_are_each_counted(tmp_path):
    """A service that only answers 500 failed as often as it was asked."""
    made = [failures.wordless_request("quiet") for _ in range(50)]
    entries = [one for n, request in enumerate(made) for one in happened(request, 900 - n)]
    assert tally(counted(tmp_path, entries, random.Random(3))) == expected(made)  # noqa: S311


def test_a_workflow_that_lends_its_trace_to_every_call(tmp_path):
    """Forty calls under one trace, each answered 500: forty failures."""
    made = [failures.recorded("scores") for _ in range(40)]
    for one in made:
        one.instance = made[0].instance
        for _, entry in one.entries:
            entry["labels"] = {"instanceId": one.instance}
            if "trace" in entry:
                entry["trace"] = "projects/p/traces/abc"
    entries = [entry for n, one in enumerate(made) for entry in happened(one, 900 - 3 * n)]
    assert tally(counted(tmp_path, entries, random.Random(4))) == expected(made)  # noqa: S311
