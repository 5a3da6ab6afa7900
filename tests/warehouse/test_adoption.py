"""A table that a team already has becomes ours: on the emulator for real, and as statements of GoogleSQL."""

import traceback
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.bigquery import SchemaField, Table, TimePartitioning

from support.processes import svcerrors
from svcerrors import _schema
from svcerrors._errors import UsageError, WarehouseConflict, WarehouseUnavailable
from svcerrors._fingerprint import fingerprint
from svcerrors.logs.tracebacks import parse
from svcerrors.warehouse import open_warehouse

NOW = datetime.now(UTC).replace(microsecond=0)
THEIRS = [
    SchemaField("error_id", "STRING", "REQUIRED"),
    SchemaField("timestamp", "TIMESTAMP", "REQUIRED"),
    SchemaField("service_name", "STRING", "REQUIRED"),
    SchemaField("error_type", "STRING", "REQUIRED"),
    SchemaField("error_message", "STRING", "REQUIRED"),
    SchemaField("error_category", "STRING", "REQUIRED"),
    SchemaField("severity", "STRING", "REQUIRED"),
    SchemaField("stack_trace", "STRING"),
    SchemaField("processor_name", "STRING"),
    SchemaField("game_date", "DATE"),
    SchemaField("retry_count", "INTEGER"),
    SchemaField("cost", "NUMERIC"),
    SchemaField("tags", "STRING", "REPEATED"),
    SchemaField("context", "JSON"),
    SchemaField("alert_sent", "BOOLEAN", "REQUIRED"),
]


def their_row(number, **columns):
    return {
        "error_id": f"e{number}",
        "timestamp": (NOW - timedelta(hours=number)).isoformat(),
        "service_name": "phase3",
        "error_type": "KeyError",
        "error_message": f"no game {number}",
        "error_category": "data_error",
        "severity": "critical",
        "alert_sent": False,
        **columns,
    }


NAMED_AS_OURS = [
    SchemaField("error_id", "STRING", "REQUIRED"),
    SchemaField("service_name", "STRING", "REQUIRED"),
    SchemaField("error_timestamp", "TIMESTAMP", "REQUIRED"),
    SchemaField("error_type", "STRING", "REQUIRED"),
    SchemaField("error_category", "STRING", "REQUIRED"),
    SchemaField("severity", "STRING", "REQUIRED"),
    SchemaField("error_message", "STRING", "REQUIRED"),
    SchemaField("stack_trace", "STRING"),
    SchemaField("game_date", "DATE"),
    SchemaField("processor_name", "STRING"),
    SchemaField("phase", "STRING"),
    SchemaField("correlation_id", "STRING"),
    SchemaField("recovery_attempted", "BOOLEAN"),
    SchemaField("recovery_successful", "BOOLEAN"),
    SchemaField("created_at", "TIMESTAMP"),
]


class Team:
    """A team's own dataset with a table service_errors, three cluster fields, and who writes to it."""

    def __init__(self, store, name="service_errors", columns=THEIRS, when="timestamp", *, requires_filter=False):
        self.store, self.client = store, store._api()._client
        self.dataset = f"test.{store._name}"
        store._api().create_dataset()
        made = Table(f"{self.dataset}.{name}", columns)
        made.clustering_fields = ["service_name", "severity", "error_category"]
        partitions = {"type": "DAY", "field": when, "requirePartitionFilter": requires_filter}
        made.time_partitioning = TimePartitioning.from_api_repr(partitions)
        self.client.create_table(made)

    def write(self, *rows, table="service_errors"):
        return self.client.insert_rows_json(f"{self.dataset}.{table}", rows)

    def rows(self, sql):
        found = self.store.query(sql)
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # the emulator takes a second for each view


@pytest.fixture(autouse=True)
def few_views(monkeypatch):
    """Apply only the views that are read here: they are not what is tried."""
    some = {name: _schema.relations()[name] for name in ("service_errors_unique", "error_groups")}
    monkeypatch.setattr("svcerrors.warehouse._googlesql.views", lambda: some)


@pytest.fixture
def team(emulated):
    return Team(emulated())


def test_apply_says_so_changes_nothing_and_offers_to_adopt(team):
    """Neither the table nor anything beside it is touched before someone says so."""
    with pytest.raises(WarehouseConflict) as caught:
        team.store.apply()
    assert str(caught.value).endswith(
        "; nothing was changed, give another dataset, or adopt it: `svcerrors apply --adopt`"
    )
    assert [table.table_id for table in team.client.list_tables(team.dataset)] == ["service_errors"]


def test_what_it_would_do_is_printed(team, emulator):
    """Every statement, the table's own first, on the command line."""
    where = ("--warehouse", f"bigquery:{team.dataset}")
    done = svcerrors("apply", "--adopt", "--dry-run", "--sql", *where, env={"BIGQUERY_EMULATOR_HOST": emulator})
    text = done.stdout.decode()

    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        text.count("-- set aside service_errors\nALTER TABLE ")
        == text.count("-- copy service_errors\nWITH theirs AS")
        == text.count("\nINSERT INTO ")
        == 1
    )
    assert "-- create service_errors_as_before\nCREATE OR REPLACE VIEW " in text


def test_a_trial_changes_nothing(team):
    """--dry-run tells the steps, the table first."""
    steps = [(change.action, change.name) for change in team.store.plan(adopt=True)]
    assert [step for step in steps if step[1].startswith("service_errors")][:3] == [
        ("set aside", "service_errors"),
        ("create", "service_errors"),
        ("copy", "service_errors"),
    ]
    assert steps[-1] == ("create", "service_errors_as_before")
    assert [table.table_id for table in team.client.list_tables(team.dataset)] == ["service_errors"]


def test_rows_come_in_with_names_and_words_mapped_and_nothing_lost(team):
    """What ours has no column for, or says in other words, stands in labels as it was."""
    team.write(
        their_row(1, game_date="2026-01-25", retry_count=3, cost="1.25", tags=["a", "b"], context='{"k": [1]}'),
        their_row(2, severity="warning", error_category="API_ERROR", stack_trace="Traceback", processor_name="p"),
        their_row(3, severity="info", error_category="no_data"),
        their_row(4, severity="odd", error_category="mystery"),
    )
    team.store.apply(adopt=True)
    rows = team.rows("SELECT * FROM service_errors ORDER BY error_timestamp DESC")

    assert [(row["error_id"], row["severity"], row["error_category"]) for row in rows] == [
        ("e1", "CRITICAL", "processing_error"),
        ("e2", "WARNING", "upstream_failure"),
        ("e3", "INFO", "no_data_available"),
        ("e4", "ERROR", "unknown"),
    ]
    assert rows[0]["error_timestamp"] == NOW - timedelta(hours=1)
    assert (rows[1]["stack_trace"], rows[1]["processor_name"]) == ("Traceback", "p")
    assert {row["source"] for row in rows} == {"backfill"}
    labels = rows[0]["labels"]
    assert float(labels.pop("cost")) == 1.25
    assert labels == {
        "error_category": "data_error",
        "severity": "critical",
        "game_date": "2026-01-25",
        "retry_count": 3,
        "tags": ["a", "b"],
        "context": {"k": [1]},
        "alert_sent": False,
    }
    assert rows[3]["labels"]["severity"] == "odd"
    assert len({row["fingerprint"] for row in rows}) == 1
    assert team.rows("SELECT error_type, occurrences FROM error_groups") == [
        {"error_type": "KeyError", "occurrences": 4}
    ]


def test_an_error_that_goes_on_has_one_group(emulated, error):
    """What a logger of the team's own kept of an exception, and what is told to us of it since, are one group."""
    try:
        {}["no_game"]
    except KeyError:
        trace = traceback.format_exc()
    found = parse(trace)
    team = Team(emulated(), columns=NAMED_AS_OURS, when="error_timestamp")
    theirs = their_row(1, error_timestamp=(NOW - timedelta(days=3)).isoformat(), stack_trace=trace, phase="3")
    team.write({name: theirs[name] for name in theirs if name not in {"timestamp", "alert_sent"}})
    team.store.apply(adopt=True)
    same = fingerprint(found.error_type, found.frames, found.error_message)
    team.store.insert("service_errors", [error(error_timestamp=NOW.isoformat(), fingerprint=same)])

    (group,) = team.rows("SELECT fingerprint, first_seen, last_seen, occurrences FROM error_groups")
    assert group == {
        "fingerprint": same,
        "first_seen": NOW - timedelta(days=3),
        "last_seen": NOW,
        "occurrences": 2,
    }
    (adopted,) = team.rows("SELECT culprit, phase FROM service_errors WHERE source = 'backfill'")
    assert adopted == {"culprit": found.culprit, "phase": "3"}


def test_kinds_come_in_by_the_batch(team, monkeypatch):
    """More kinds of errors than are recognised at a time all come in, each once."""
    monkeypatch.setattr("svcerrors.warehouse._adoption.BATCH", 2)
    team.write(*(their_row(number, error_type=f"E{number % 5}", error_message="") for number in range(8)))
    team.store.apply(adopt=True)
    found = team.rows("SELECT error_type, COUNT(*) AS n FROM service_errors GROUP BY error_type ORDER BY error_type")
    assert [(row["error_type"], row["n"]) for row in found] == [("E0", 2), ("E1", 2), ("E2", 2), ("E3", 1), ("E4", 1)]


def test_the_table_itself_is_kept_as_it_was(team):
    """Every row and column under its other name, clusters too: what was copied wrongly can be copied again."""
    team.write(*(their_row(number) for number in range(3)))
    team.store.apply(adopt=True)
    aside = team.client.get_table(f"{team.dataset}.service_errors_adopted")

    assert [field.name for field in aside.schema] == [field.name for field in THEIRS]
    assert aside.clustering_fields == ["service_name", "severity", "error_category"]
    assert team.rows("SELECT COUNT(*) AS n FROM service_errors_adopted") == [{"n": 3}]


def test_an_old_reader_sees_old_and_new_rows_in_the_old_form(team, error):
    """Under one other name: same columns, same types, words that it knows."""
    team.write(their_row(1, game_date="2026-01-25", retry_count=3))
    team.store.apply(adopt=True)
    new = error(error_id="new", error_timestamp=NOW.isoformat(), severity="ERROR", labels='{"game_date": "2026-02-01"}')
    team.store.insert("service_errors", [new])
    rows = team.rows("SELECT * FROM service_errors_as_before ORDER BY timestamp")

    assert list(rows[0]) == [field.name for field in THEIRS]
    assert [(row["error_id"], row["severity"], row["retry_count"]) for row in rows] == [
        ("e1", "critical", 3),
        ("new", "critical", None),
    ]
    assert [str(row["game_date"]) for row in rows] == ["2026-01-25", "2026-02-01"]
    assert (rows[1]["timestamp"], rows[1]["error_category"]) == (NOW, "processing_error")


def test_to_adopt_again_copies_what_was_written_meanwhile_and_nothing_twice(team):
    """A writer that was pointed to the table that was set aside loses nothing."""
    team.write(their_row(1), their_row(2))
    team.store.apply(adopt=True)
    for _ in range(2):
        team.write(their_row(3), table="service_errors_adopted")  # delivered twice
        team.store.apply(adopt=True)

    assert [row["error_id"] for row in team.rows("SELECT error_id FROM service_errors ORDER BY error_id")] == [
        "e1",
        "e2",
        "e3",
    ]


def test_a_writer_that_still_inserts_is_does_not_fit(team):
    """Its rows have a column that ours lacks, and lack some that ours requires; the emulator alone takes them."""
    team.store.apply(adopt=True)
    present = team.store._api().columns("service_errors")
    required = {column.name for column in present if column.mode == "REQUIRED"}
    assert "timestamp" not in {column.name for column in present}
    assert required - their_row(1).keys() == {"error_timestamp", "fingerprint", "occurrences"}


def test_different_rows_under_one_id_are_all_kept(team):
    """A writer that numbered by the minute: each keeps an id of its own, also if one comes later and sorts before."""
    team.write(their_row(1), their_row(1, error_message="another"))
    team.store.apply(adopt=True)
    for word in "abcd":
        team.write(their_row(1, error_message=word), table="service_errors_adopted")
        team.store.apply(adopt=True)
    ids = [row["error_id"] for row in team.rows("SELECT error_id FROM service_errors_unique")]

    assert len(ids) == len(set(ids)) == 6
    assert ids.count("e1") == 1


@pytest.mark.parametrize("after", ["set aside", "create", "copy"])
def test_what_broke_off_goes_on(team, after, monkeypatch):
    """A death after any of the steps: the next run does what is missing."""
    team.write(their_row(1), their_row(2))
    steps = team.store._steps

    def broken(**how):
        for change, take in steps(**how):
            yield change, take
            if (change.action, change.name) == (after, "service_errors"):
                yield change, stop

    def stop():
        raise WarehouseUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(team.store, "_steps", broken)
        with pytest.raises(WarehouseUnavailable):
            team.store.apply(adopt=True)
    team.store.apply(adopt=True)

    assert team.rows("SELECT COUNT(*) AS n FROM service_errors_unique") == [{"n": 2}]
    assert team.rows("SELECT COUNT(*) AS n FROM service_errors_as_before") == [{"n": 2}]


def test_a_table_that_says_no_time_is_left_alone(emulated):
    """A row without a time has no place in ours: told before anything is changed."""
    store = emulated()
    store._api().create_dataset()
    store._api()._client.create_table(Table(f"test.{store._name}.service_errors", [SchemaField("x", "STRING")]))
    with pytest.raises(WarehouseConflict, match="no column says when: it needs one of error_timestamp, timestamp"):
        store.apply(adopt=True)
    assert [table.table_id for table in store._api()._client.list_tables(store._name)] == ["service_errors"]


def test_a_table_that_requires_a_filter_is_left_alone(emulated):
    """BigQuery would refuse to read it whole when its name was taken already: told before, and how to lift it."""
    team = Team(emulated(), requires_filter=True)
    lift = r"ALTER TABLE `[\w.]+`\.service_errors SET OPTIONS \(require_partition_filter = FALSE\)"
    with pytest.raises(WarehouseConflict, match=f"shown whole: {lift}; nothing was changed, give another dataset"):
        team.store.apply(adopt=True)
    assert [table.table_id for table in team.client.list_tables(team.dataset)] == ["service_errors"]


def test_a_second_foreign_table_is_left_alone(emulated):
    """One was adopted, and there is another in its place: nobody knows which is meant."""
    store = emulated()
    Team(store)
    Team(store, "service_errors_adopted")
    with pytest.raises(WarehouseConflict, match="service_errors_adopted is there from before; nothing was changed"):
        store.apply(adopt=True)


def test_a_dataset_without_one_is_applied_as_always(emulated):
    """--adopt where there is nothing to adopt is an ordinary apply."""
    assert "service_errors_as_before" not in [change.name for change in emulated().apply(adopt=True)]


def test_a_folder_has_nothing_to_adopt(tmp_path):
    """The local store holds no table but ours."""
    with pytest.raises(UsageError, match="--adopt is for a dataset of BigQuery"):
        open_warehouse(f"duckdb:{tmp_path}").apply(adopt=True)
