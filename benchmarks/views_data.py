"""A store of millions of rows, made inside DuckDB in the layout that `svcerrors dev` and `ingest` write.

Sixty services fail: each failure is three rows, as in life, the library's record, the framework's text of it half a
millisecond later, and the request that was answered 500. Every service has some forty groups, of which few are loud.
"""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from svcerrors._schema import tables
from svcerrors.warehouse._duckdb_sql import create_table

__all__ = ["fill"]

SERVICES, GROUPS, FRAMES = 60, 40, 12

_CODE = "return self.run_{n}(request, weight=weights[name])"
_TRACE = "\n".join(
    [
        "Traceback (most recent call last):",
        *(f'  File "/workspace/shared/step_{n}.py", line {n}, in step_{n}\n    {_CODE}' for n in range(FRAMES)),
        "shared.errors.NoGame: no game ",
    ]
)
_FRAME = (
    "{{'module': 'shared.step_{n}', 'function': 'step_{n}', 'file': '/workspace/shared/step_{n}.py', 'line': {n}, "
    "'code': '{code}', 'in_app': true}}"
)
_STACK = f"[{', '.join(_FRAME.format(n=n, code=_CODE) for n in range(FRAMES))}]"

_ERRORS = f"""
SELECT
  ['record', 'text', 'request'][part + 1] || failure AS error_id,
  $until - to_microseconds(failure * $apart_us - part * 500) AS error_timestamp,
  error_timestamp + INTERVAL 300 MILLISECOND AS received_at,
  error_timestamp + INTERVAL 2 SECOND AS inserted_at,
  'service-' || service AS service_name,
  (service % 5)::VARCHAR AS phase,
  'processor-' || service AS processor_name,
  IF(part = 2, 'HttpStatus500', 'shared.errors.NoGame' || error) AS error_type,
  IF(part = 2, 'POST /', 'no game ' || error) AS error_message,
  IF(error = 7, 'no_data_available', 'processing_error') AS error_category,
  'ERROR' AS severity,
  IF(part = 2, 'v1:request' || service, 'v1:' || md5(service || ' ' || error)) AS fingerprint,
  IF(part = 2, NULL, 'shared/step_11.py:11 in step_11') AS culprit,
  IF(part = 2, NULL, $trace || error) AS stack_trace,
  IF(part = 2, NULL, {_STACK}) AS frames,
  FALSE AS handled,
  ['decorator', 'traceback_text', 'request'][part + 1] AS mechanism,
  1 AS occurrences,
  FALSE AS is_fragment,
  'score-line' AS project_id,
  'europe-west1' AS location,
  'cloud_run_revision' AS resource_type,
  'service-' || service || '-000' || (10 + failure * 20 // $failures) || '-abc' AS revision,
  'instance-' || service || '-' || failure % 4 AS instance_id,
  IF(part = 1, NULL, md5(failure::VARCHAR)) AS trace,
  IF(part = 2, {{'method': 'POST', 'url': '/', 'status': 500, 'latency_ms': 12.0}}, NULL) AS http_request,
  '{{"game_date": "2026-01-25"}}'::JSON AS labels,
  'projects/score-line/logs/run.googleapis.com%2Fstderr' AS log_name,
  failure || '-' || part AS insert_id,
  1 AS schema_version,
  'live' AS source
FROM (
  SELECT
    failure,
    part,
    (hash(failure) % {SERVICES})::INTEGER AS service,
    sqrt(hash(failure + 1) % {GROUPS * GROUPS})::INTEGER AS error
  FROM range($first, $last) AS failures(failure), range(3) AS parts(part)
)
"""  # noqa: S608  # texts of ours

_RUNS = f"""
SELECT
  'answer' || call AS row_id,
  $until - to_microseconds(call * $apart_us) AS run_timestamp,
  run_timestamp + INTERVAL 2 SECOND AS inserted_at,
  row_id AS run_id,
  'service-' || call % {SERVICES} AS run_name,
  run_name AS service_name,
  (call % 5)::VARCHAR AS phase,
  IF(call % 10 = 0, 'failed', 'answered') AS status,
  'observed' AS evidence,
  'service-' || call % {SERVICES} || '-000' || (10 + call * 20 // $failures) || '-abc' AS revision,
  1.0 AS sample_rate,
  'live' AS source
FROM range($first, $last) AS calls(call)
"""  # noqa: S608  # texts of ours


def fill(folder: Path, rows: int, days: int, until: datetime) -> None:
    """Write `rows` errors and a third as many runs, spread evenly over the `days` before `until`."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    connection.execute("SET TimeZone = 'UTC'")
    failures = rows // 3
    common = {"until": until, "apart_us": max(1, days * 86_400_000_000 // failures), "failures": failures}
    for day in range(days):
        span = {"first": failures * day // days, "last": failures * (day + 1) // days}
        folders = (until - timedelta(days=day)).date().isoformat()
        _write(connection, folder, "service_errors", folders, _ERRORS, {**common, **span, "trace": _TRACE})
        _write(connection, folder, "service_runs", folders, _RUNS, {**common, **span})


def _write(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, day: str, select: str, given: dict[str, object]
) -> None:
    # A file may hold rows of the day before: a reader looks for the time in the row.
    connection.execute(create_table(tables()[table]).replace("CREATE TABLE", "CREATE TEMP TABLE IF NOT EXISTS"))
    target = folder / table / day / "made.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    typed = f"SELECT * FROM {table} WHERE FALSE UNION ALL BY NAME {select}"  # noqa: S608  # texts of ours
    connection.execute(f"COPY ({typed}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", given)
