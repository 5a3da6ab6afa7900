"""What people say of groups, and who says it."""

from datetime import UTC, datetime, timedelta

import pytest

from svcerrors._errors import UsageError
from svcerrors.ops.since import until
from svcerrors.ops.states import say, speaker
from svcerrors.warehouse import open_warehouse

GROUP = "v1:0123456789abcdef"


@pytest.fixture
def warehouse(tmp_path):
    """Return a store with one group of two revisions, and one that begins as it does."""
    store = open_warehouse(f"duckdb:{tmp_path}")
    store.apply()
    store.insert("service_errors", [failure(GROUP, "r-1"), failure(GROUP, "r-2"), failure("v1:01f", "r-1")])
    return store


def failure(fingerprint, revision):
    return {
        "error_id": fingerprint + revision,
        "error_timestamp": datetime.now(UTC).isoformat(),
        "service_name": "scores",
        "error_type": "KeyError",
        "error_message": "'k'",
        "error_category": "processing_error",
        "severity": "ERROR",
        "fingerprint": fingerprint,
        "occurrences": 1,
        "revision": revision,
    }


def states(store):
    found = store.query("SELECT * FROM error_states ORDER BY at")
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.parametrize("prefix", [GROUP, "v1:012", "012"])
def test_a_statement_is_a_row(warehouse, prefix):
    """The beginning of a fingerprint, as `show` takes it, is enough; state, words and speaker are kept."""
    say(warehouse, prefix, "acknowledged", by="ann", note="on it", owner="data")

    [row] = states(warehouse)
    assert (row["fingerprint"], row["state"], row["by"]) == (GROUP, "acknowledged", "ann")
    assert (row["note"], row["owner"], row["revisions"]) == ("on it", "data", [])


def test_a_resolve_names_the_revisions_that_were_seen(warehouse):
    """Only a later revision can regress, so what was seen before is kept."""
    say(warehouse, GROUP, "resolved", by="ann")
    say(warehouse, GROUP, "open", by="bob")

    assert [(row["state"], row["revisions"]) for row in states(warehouse)] == [
        ("resolved", ["r-1", "r-2"]),
        ("open", []),
    ]


def test_a_mute_has_an_end(warehouse):
    """A time, a count, or both."""
    end = until("4h")
    say(warehouse, GROUP, "muted", by="ann", until=end, until_count=100)

    assert [(row["until"], row["until_count"]) for row in states(warehouse)] == [(end, 100)]


@pytest.mark.parametrize(
    ("prefix", "words"), [("v1:0", "more than one group begins"), ("ff", "no group of the last"), ("", "give the beg")]
)
def test_what_is_no_single_group_is_told_and_nothing_is_kept(warehouse, prefix, words):
    """Neither none nor two."""
    with pytest.raises(UsageError, match=words):
        say(warehouse, prefix, "resolved", by="ann")
    assert states(warehouse) == []


def test_a_mute_that_has_ended_is_told(warehouse):
    """A time that is past would mute nothing."""
    with pytest.raises(UsageError, match="has ended already"):
        say(warehouse, GROUP, "muted", by="ann", until=datetime.now(UTC) - timedelta(seconds=1))
    assert states(warehouse) == []


def test_until_reads_spans_and_times():
    """A span from now, a day, a time with and without a zone; anything else is told."""
    assert abs(until("90m") - datetime.now(UTC) - timedelta(minutes=90)) < timedelta(seconds=5)
    assert until("2026-02-01") == datetime(2026, 2, 1, tzinfo=UTC)
    assert until("2026-02-01T08:00+02:00") == datetime(2026, 2, 1, 6, tzinfo=UTC)
    with pytest.raises(UsageError, match="is no time to come"):
        until("soon")


def test_speaker_is_who_gcloud_is_logged_in_as(tmp_path):
    """Variable, then active configuration, then the user of the machine; a nameless one is unknown."""
    gcloud = {"CLOUDSDK_CONFIG": str(tmp_path)}
    assert speaker(gcloud, lambda: "ann") == "ann"
    (tmp_path / "active_config").write_text("work")
    (tmp_path / "configurations").mkdir()
    (tmp_path / "configurations/config_work").write_text("[core]\naccount = ann@example.com\n")
    assert speaker(gcloud, lambda: "ann") == "ann@example.com"
    assert speaker({**gcloud, "CLOUDSDK_CORE_ACCOUNT": "job@example.com"}) == "job@example.com"


def test_a_speaker_without_a_name_is_unknown(tmp_path):
    """A container's user has no entry in passwd."""

    def nameless():
        raise KeyError("getpwuid(): uid not found")

    assert speaker({"CLOUDSDK_CONFIG": str(tmp_path)}, nameless) == "unknown"
