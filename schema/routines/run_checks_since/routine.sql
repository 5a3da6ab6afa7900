-- MISSING  nothing started within the grace after the time (of a dated row: nothing succeeded); it is over when it does
-- STALLED  started, and neither ended nor was followed by one that succeeded within max_minutes
-- GAP      between the end of a run and the start of the one that follows, however short: readers say how long is too long
-- Times and runs are laid on one line, and each looks for what comes next: no self-join.
WITH manifest AS (
  SELECT
    service_name,
    run_name,
    MAX(phase) AS phase,
    MAX(processor_name) AS processor_name,
    MAX(grace_minutes) AS grace_minutes,
    MAX(max_minutes) AS max_minutes,
    MAX(follows) AS follows,
    MIN(known_since) AS known_since,
    MAX(owner) AS owner,
    MAX(runbook) AS runbook
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name
),

performed AS (
  SELECT
    runs.service_name,
    runs.run_name,
    runs.run_key,
    runs.run_id,
    runs.started_at,
    runs.ended_at,
    runs.status,
    runs.status IN ('succeeded', 'partial', 'no_data', 'answered', 'skipped') AS is_good
  FROM `${dataset}`.runs_since(days + 1) AS runs
),

-- Of a time at which neither the manifest nor the run was known, nobody could have said that it is missed.
begun AS (
  SELECT service_name, run_name, MIN(started_at) AS first_at
  FROM performed
  GROUP BY service_name, run_name
),

times AS (
  SELECT
    expected.service_name,
    expected.run_name,
    expected.run_key,
    expected.is_dated,
    expected.expected_at,
    LAG(expected.expected_at) OVER same AS before,
    UNIX_MICROS(expected.expected_at) - UNIX_MICROS(LAG(expected.expected_at) OVER same) AS apart_us
  FROM `${dataset}`.expected_times(days) AS expected
  WINDOW same AS (
    PARTITION BY expected.service_name, expected.run_name, expected.is_dated ORDER BY expected.expected_at
  )
),

-- Only a run that the manifest knows is awaited.
awaitable AS (
  SELECT performed.*
  FROM performed
  INNER JOIN manifest ON manifest.service_name = performed.service_name AND manifest.run_name = performed.run_name
),

-- A run may be early by its grace, but by no more than half of the time since the one before; what is to have succeeded
-- by its time may do so at any time since the one before, and what is for a key at any time.
line AS (
  SELECT
    times.service_name,
    times.run_name,
    IF(times.is_dated, IFNULL(times.run_key, 'dated'), 'cron') AS lane,
    times.run_key,
    times.expected_at,
    CASE
      WHEN times.is_dated AND times.run_key IS NOT NULL THEN 0
      WHEN times.is_dated
        THEN UNIX_MICROS(IFNULL(times.before, TIMESTAMP_SUB(times.expected_at, INTERVAL 1 DAY))) + 1
      ELSE UNIX_MICROS(times.expected_at) - LEAST(
        manifest.grace_minutes * 60000000,
        IFNULL(DIV(times.apart_us, 2), manifest.grace_minutes * 60000000)
      )
    END AS from_us,
    CAST(NULL AS TIMESTAMP) AS came_at
  FROM times
  INNER JOIN manifest ON manifest.service_name = times.service_name AND manifest.run_name = times.run_name
  UNION ALL
  SELECT service_name, run_name, 'cron', NULL, NULL, UNIX_MICROS(started_at), started_at
  FROM awaitable
  UNION ALL
  SELECT service_name, run_name, 'dated', NULL, NULL, UNIX_MICROS(ended_at), ended_at
  FROM awaitable
  WHERE is_good
  UNION ALL
  SELECT service_name, run_name, run_key, NULL, NULL, UNIX_MICROS(ended_at), ended_at
  FROM awaitable
  WHERE is_good AND run_key IS NOT NULL
),

awaited AS (
  SELECT
    *,
    MIN(came_at) OVER (
      PARTITION BY service_name, run_name, lane
      ORDER BY from_us
      RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS next_at
  FROM line
),

missing AS (
  SELECT
    'MISSING' AS check_name,
    awaited.service_name,
    awaited.run_name,
    awaited.run_key,
    CAST(NULL AS STRING) AS run_id,
    awaited.expected_at,
    TIMESTAMP_ADD(awaited.expected_at, INTERVAL manifest.grace_minutes MINUTE) AS since,
    awaited.next_at AS until
  FROM awaited
  INNER JOIN manifest ON manifest.service_name = awaited.service_name AND manifest.run_name = awaited.run_name
  WHERE awaited.expected_at IS NOT NULL
    AND IFNULL(awaited.next_at, CURRENT_TIMESTAMP())
    > TIMESTAMP_ADD(awaited.expected_at, INTERVAL manifest.grace_minutes MINUTE)
),

followed AS (
  SELECT
    service_name,
    run_name,
    run_key,
    run_id,
    started_at,
    status,
    MIN(IF(is_good, ended_at, NULL)) OVER (
      PARTITION BY service_name, run_name
      ORDER BY UNIX_MICROS(started_at)
      RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) AS next_good_at
  FROM awaitable
),

stalled AS (
  SELECT
    'STALLED' AS check_name,
    followed.service_name,
    followed.run_name,
    followed.run_key,
    followed.run_id,
    followed.started_at AS expected_at,
    TIMESTAMP_ADD(followed.started_at, INTERVAL manifest.max_minutes MINUTE) AS since,
    followed.next_good_at AS until
  FROM followed
  INNER JOIN manifest ON manifest.service_name = followed.service_name AND manifest.run_name = followed.run_name
  WHERE followed.status = 'started'
    AND IFNULL(followed.next_good_at, CURRENT_TIMESTAMP())
    > TIMESTAMP_ADD(followed.started_at, INTERVAL manifest.max_minutes MINUTE)
),

-- What ended, and what was to start after it, on one line.
chained AS (
  SELECT
    manifest.service_name,
    manifest.run_name,
    performed.run_key,
    performed.run_id,
    performed.ended_at AS handed_at,
    UNIX_MICROS(performed.ended_at) AS at_us,
    CAST(NULL AS TIMESTAMP) AS taken_at
  FROM manifest
  INNER JOIN performed ON performed.run_name = manifest.follows
  WHERE performed.status IN ('succeeded', 'partial')
  UNION ALL
  SELECT
    manifest.service_name,
    manifest.run_name,
    NULL,
    NULL,
    NULL,
    UNIX_MICROS(performed.started_at),
    performed.started_at
  FROM manifest
  INNER JOIN performed
    ON performed.service_name = manifest.service_name AND performed.run_name = manifest.run_name
  WHERE manifest.follows IS NOT NULL
),

handed AS (
  SELECT
    *,
    MIN(taken_at) OVER (
      PARTITION BY service_name, run_name
      ORDER BY at_us
      RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS next_at
  FROM chained
),

gaps AS (
  SELECT
    'GAP' AS check_name,
    service_name,
    run_name,
    run_key,
    run_id,
    handed_at AS expected_at,
    TIMESTAMP_ADD(handed_at, INTERVAL 15 MINUTE) AS since,
    next_at AS until
  FROM handed
  WHERE handed_at IS NOT NULL
),

findings AS (
  SELECT * FROM missing
  UNION ALL
  SELECT * FROM stalled
  UNION ALL
  SELECT * FROM gaps
),

-- Subtracted here, divided there: carried over to DuckDB, DIV loses the parentheses around what it divides.
lasting AS (
  SELECT
    *,
    UNIX_SECONDS(until) - UNIX_SECONDS(expected_at) AS seconds
  FROM findings
),

measured AS (
  SELECT *, DIV(seconds, 60) AS minutes
  FROM lasting
)

SELECT
  measured.check_name,
  CASE
    WHEN measured.check_name != 'GAP' THEN 'ERROR'
    WHEN IFNULL(measured.until, CURRENT_TIMESTAMP()) > TIMESTAMP_ADD(measured.expected_at, INTERVAL 30 MINUTE) THEN 'CRITICAL'
    ELSE 'WARNING'
  END AS severity,
  measured.service_name,
  measured.run_name,
  measured.run_key,
  measured.run_id,
  manifest.phase,
  manifest.processor_name,
  measured.expected_at,
  measured.since,
  measured.until,
  measured.until IS NULL AS is_open,
  measured.minutes,
  CASE measured.check_name
    WHEN 'MISSING'
      THEN 'expected at ' || FORMAT_TIMESTAMP('%m-%d %H:%M', measured.expected_at) || IFNULL(' for ' || measured.run_key, '')
        || IF(measured.until IS NULL, ', not seen since', ', came ' || CAST(measured.minutes AS STRING) || ' min later')
    WHEN 'STALLED'
      THEN 'started at ' || FORMAT_TIMESTAMP('%m-%d %H:%M', measured.expected_at)
        || ', not ended within ' || CAST(manifest.max_minutes AS STRING) || ' min'
    ELSE manifest.follows || ' ended at ' || FORMAT_TIMESTAMP('%m-%d %H:%M', measured.expected_at)
      || IFNULL(', followed after ' || CAST(measured.minutes AS STRING) || ' min', ', not followed since')
  END AS reason,
  manifest.follows,
  manifest.owner,
  manifest.runbook
FROM measured
INNER JOIN manifest ON manifest.service_name = measured.service_name AND manifest.run_name = measured.run_name
LEFT JOIN begun ON begun.service_name = measured.service_name AND begun.run_name = measured.run_name
WHERE measured.expected_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
  AND measured.expected_at >= LEAST(manifest.known_since, IFNULL(begun.first_at, manifest.known_since))
