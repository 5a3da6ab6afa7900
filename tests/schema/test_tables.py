"""Is every table as the contract says?"""

from importlib.resources import files

import pytest

from svcerrors._schema import tables

TYPES = {"BOOL", "BYTES", "FLOAT64", "INT64", "JSON", "RECORD", "STRING", "TIMESTAMP"}
TABLES = [pytest.param(table, id=name) for name, table in tables().items()]
SAID = {"alert_policy", "error_states", "expected_runs"}
WHERE = "project_id location resource_type revision release environment instance_id execution task_index"


def every_column(columns, path=""):
    for column in columns:
        yield path + column.name, column
        yield from every_column(column.fields, f"{path}{column.name}.")


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_is(table):
    """Each column, and each field of a record, has a type, a mode and a description that is a sentence."""
    wrong = [
        path
        for path, column in every_column(table.columns)
        if column.type not in TYPES
        or column.mode not in {"REQUIRED", "NULLABLE", "REPEATED"}
        or not column.description.endswith((".", "?", "…"))
        or (column.type == "RECORD") != bool(column.fields)
    ]
    assert wrong == []


@pytest.mark.parametrize("table", TABLES)
def test_no_column_is_there_twice(table):
    """Names are unique, also without regard to case, as BigQuery compares them."""
    names = [column.name.lower() for column in table.columns]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("table", TABLES)
def test_partitioned_by_a_time_that_every_row_has(table):
    """The partition column is there, required and a TIMESTAMP; all expires after 400 days but what people said."""
    by_name = {column.name: (column.type, column.mode) for column in table.columns}
    assert by_name[table.partition_by] == ("TIMESTAMP", "REQUIRED")
    assert table.partition_expiration_days == (None if table.name in SAID else 400)


@pytest.mark.parametrize("table", TABLES)
def test_clustered_by_columns_that_bigquery_can_cluster(table):
    """One to four columns, all there, none a record or JSON."""
    types = {column.name: column.type for column in table.columns if column.mode != "REPEATED"}
    assert 1 <= len(table.cluster_by) <= 4
    assert {types[name] for name in table.cluster_by} <= {"STRING", "INT64", "TIMESTAMP", "BOOL"}


def test_service_errors_has_the_columns_of_the_contract():
    """Every column that the contract names, in its order, and what a storm's row stands for."""
    expected = (
        "error_id error_timestamp received_at inserted_at service_name phase processor_name error_type error_message "
        "error_category severity fingerprint culprit stack_trace frames causes handled mechanism occurrences "
        f"is_fragment {WHERE} trace span_id correlation_id execution_id http_request event recovery_attempted "
        "recovery_successful labels log_name insert_id schema_version source members"
    )
    assert [column.name for column in tables()["service_errors"].columns] == expected.split()


def test_required_columns_are_those_of_the_contract():
    """A row without one of them is no error; all others may be NULL."""
    expected = (
        "error_id error_timestamp service_name error_type error_message error_category severity fingerprint occurrences"
    )
    required = [column.name for column in tables()["service_errors"].columns if column.mode == "REQUIRED"]
    assert " ".join(required) == expected


def test_frames_and_causes_are_lists_of_records():
    """Their fields are those of the contract."""
    fields = {
        column.name: (column.mode, [(field.name, field.type) for field in column.fields])
        for column in tables()["service_errors"].columns
        if column.name in {"frames", "causes"}
    }
    text = ["module", "function", "file"]
    assert fields == {
        "frames": (
            "REPEATED",
            [*((name, "STRING") for name in text), ("line", "INT64"), ("code", "STRING"), ("in_app", "BOOL")],
        ),
        "causes": ("REPEATED", [(name, "STRING") for name in ("error_type", "error_message", "relation")]),
    }


def test_service_runs_names_where_it_ran_as_service_errors_does():
    """The where-columns have the same type and mode in both tables."""
    both = [{c.name: (c.type, c.mode) for c in tables()[name].columns} for name in ("service_errors", "service_runs")]
    assert {name: both[1].get(name) for name in WHERE.split()} == {name: both[0][name] for name in WHERE.split()}


def test_schema_is_found_as_a_package():
    """The files are read through the package, so that a wheel and a checkout read the same."""
    assert (files("svcerrors.schema") / "tables" / "service_errors" / "schema.json").is_file()
