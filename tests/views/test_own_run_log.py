"""A run log that a team already has, mapped by the SQL of docs/views.md: its rows show wherever runs do."""

import re
from pathlib import Path

import pytest
import sqlglot

from support.cases import at_the_clock, numbered, warehouse
from support.googlesql import Catalog
from svcerrors import _schema
from svcerrors.warehouse import _googlesql, _translate

PAGE = Path(__file__).parents[2] / "docs" / "views.md"
TABLE = """
CREATE TABLE phase_execution_log (
  execution_timestamp TIMESTAMP NOT NULL,
  phase_name STRING NOT NULL,
  game_date DATE NOT NULL,
  correlation_id STRING,
  start_time TIMESTAMP NOT NULL,
  duration_seconds FLOAT64 NOT NULL,
  games_processed INT64,
  status STRING NOT NULL,
  metadata JSON,
  created_at TIMESTAMP
)
"""
ROWS = """
INSERT INTO phase_execution_log
  (phase_name, game_date, correlation_id, start_time, execution_timestamp, duration_seconds, games_processed, status)
VALUES
  ('phase3_to_phase4', '2026-01-24', 'a', '2026-01-25 06:00:10+00', '2026-01-25 06:00:10+00', 0, NULL, 'running'),
  ('phase3_to_phase4', '2026-01-24', 'a', '2026-01-25 06:00:10+00', '2026-01-25 06:02:10+00', 120, 7, 'complete'),
  ('phase4_to_phase5', '2026-01-24', NULL, '2026-01-25 06:40:00+00', '2026-01-25 07:10:00+00', 9, 0,
   'deadline_exceeded')
"""
MANIFEST = {
    "run_name": "phase3_to_phase4",
    "service_name": "phase3-to-phase4",
    "load_id": "1",
    "loaded_at": "2026-01-24 00:00:00+00",
    "cron": "0 6,10 * * *",
    "minutes": [0],
    "hours": [6, 10],
    "months": list(range(1, 13)),
}


@pytest.fixture(scope="module")
def statements():
    """Return the view and the scheduled query of the page."""
    part = PAGE.read_text("utf-8").partition("A team with a run log")[2]
    return re.findall(r"```sql\n(.*?);\n```", part, re.DOTALL)[:2]


@pytest.fixture(scope="module")
def filled(statements):
    """Return a DuckDB store into which the log was mapped, twice, as the page says."""
    view, insert = statements
    with warehouse({"expected_runs": numbered("expected_runs", [MANIFEST])}) as store:
        store.execute(sqlglot.transpile(TABLE, read="bigquery", write="duckdb")[0])
        store.execute(ROWS)
        created, select = view.split(" AS\n", 1)
        store.execute(f"{created} AS {_translate.read(select).sql}")
        into, select = insert.split("SELECT", 1)
        for _ in range(2):
            store.execute(into + _translate.read(at_the_clock(f"SELECT{select}")).sql)
        yield store


def test_both_statements_are_googlesql(statements):
    """BigQuery would take them: the view over the team's table, and the query that is scheduled."""
    catalog = Catalog("obs")
    catalog.take(TABLE)
    catalog.take(_googlesql.create_table(_schema.tables()["service_runs"], "obs"))
    assert [catalog.take(statement) for statement in statements] == [None, None]


def test_each_row_comes_in_once(filled):
    """The scheduled query, done twice, adds nothing."""
    assert filled.sql("SELECT COUNT(*), COUNT(DISTINCT row_id) FROM service_runs").fetchall() == [(3, 3)]


def test_runs_are_joined_from_their_rows(filled):
    """The row of the start and that of the end are one run, with key, rows and duration."""
    found = filled.sql("SELECT run_name, run_key, status, row_count, duration_ms, phase FROM runs ORDER BY run_name")
    assert found.fetchall() == [
        ("phase3_to_phase4", "2026-01-24", "succeeded", 7, 120_000.0, "3"),
        ("phase4_to_phase5", "2026-01-24", "timed_out", 0, 9_000.0, "4"),
    ]


def test_what_did_not_run_is_missing(filled):
    """Of the manifest's two times the log has one."""
    found = filled.sql("SELECT check_name, run_name, CAST(expected_at AS VARCHAR) FROM run_checks WHERE is_open")
    assert found.fetchall() == [("MISSING", "phase3_to_phase4", "2026-01-25 10:00:00+00")]


def test_health_judges_by_them(filled):
    """Success and failure as the log has them, though the services wrote no line of ours."""
    found = filled.sql("SELECT run_name, status, evidence, reason FROM pipeline_health ORDER BY run_name")
    assert found.fetchall() == [
        ("phase3_to_phase4", "HEALTHY", "reported", "1 success and no failure in 24 h"),
        ("phase4_to_phase5", "UNHEALTHY", "reported", "1 failure and no success in 24 h; last deadline_exceeded"),
    ]
