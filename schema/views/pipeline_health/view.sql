-- A run that is reported tells success from failure. Of a processor that only errors name, no success can be seen: ten
-- failures in a day and no success is UNHEALTHY all the same, or 720,000 of them hide behind a service that answers.
WITH performed AS (
  SELECT
    service_name,
    run_name,
    phase,
    processor_name,
    MAX(IF(status IN ('succeeded', 'partial', 'no_data', 'answered'), ended_at, NULL)) AS last_success,
    MAX(run_timestamp) AS last_run,
    SUM(IF(
      status IN ('succeeded', 'partial', 'no_data', 'answered')
        AND ended_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR),
      1 / IFNULL(sample_rate, 1),
      0
    )) AS successes_24h,
    COUNTIF(
      status IN ('failed', 'timed_out') AND run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS failed_runs_24h,
    MAX(IF(status IN ('failed', 'timed_out'), run_timestamp, NULL)) AS last_failed_run,
    ANY_VALUE(
      reason
      HAVING MAX IF(
        status IN ('failed', 'timed_out'), CONCAT(CAST(UNIX_MICROS(run_timestamp) AS STRING), run_id), ''
      )
    ) AS run_reason
  FROM `${dataset}`.runs_since(400)
  WHERE NOT STARTS_WITH(run_name, 'heartbeat:')
  GROUP BY service_name, run_name, phase, processor_name
),

failures AS (
  SELECT
    service_name,
    phase,
    processor_name,
    SUM(IF(first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), occurrences, 0)) AS errors_24h,
    MIN(first_seen) AS first_error,
    MAX(last_seen) AS last_error,
    ANY_VALUE(error_type || IF(error_message = '', '', ': ' || error_message) HAVING MAX first_seen) AS error_words
  FROM `${dataset}`.incidents
  WHERE error_category != 'no_data_available'
  GROUP BY service_name, phase, processor_name
),

expected AS (
  SELECT service_name, run_name, phase, processor_name
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name, phase, processor_name
),

-- What the manifest says of phase and processor holds for runs and errors that do not say it themselves.
named AS (
  SELECT service_name, run_name, phase, processor_name FROM performed
  UNION DISTINCT
  SELECT expected.service_name, expected.run_name, expected.phase, expected.processor_name
  FROM expected
  LEFT JOIN performed ON performed.service_name = expected.service_name AND performed.run_name = expected.run_name
  WHERE performed.run_name IS NULL
  UNION DISTINCT
  SELECT failures.service_name, NULL, failures.phase, failures.processor_name
  FROM failures
  LEFT JOIN performed
    ON performed.service_name = failures.service_name
    AND IFNULL(performed.phase, '') = IFNULL(failures.phase, '')
    AND IFNULL(performed.processor_name, '') = IFNULL(failures.processor_name, '')
  WHERE performed.run_name IS NULL AND (failures.phase IS NOT NULL OR failures.processor_name IS NOT NULL)
),

known AS (
  SELECT
    named.service_name,
    named.run_name,
    COALESCE(named.phase, expected.phase) AS phase,
    COALESCE(named.processor_name, expected.processor_name) AS processor_name,
    performed.last_success,
    performed.last_run,
    CAST(ROUND(IFNULL(performed.successes_24h, 0)) AS INT64) AS successes,
    GREATEST(IFNULL(performed.failed_runs_24h, 0), IFNULL(failures.errors_24h, 0)) AS failed,
    IF(
      IFNULL(performed.last_failed_run > failures.last_error, failures.last_error IS NULL),
      performed.last_failed_run,
      failures.last_error
    ) AS last_failure,
    COALESCE(failures.error_words, performed.run_reason) AS words,
    IF(failures.first_error > IFNULL(performed.last_success, TIMESTAMP '1970-01-01 00:00:00+00'), failures.first_error, NULL)
      AS failing_since
  FROM named
  LEFT JOIN performed
    ON performed.service_name = named.service_name
    AND performed.run_name = named.run_name
    AND IFNULL(performed.phase, '') = IFNULL(named.phase, '')
    AND IFNULL(performed.processor_name, '') = IFNULL(named.processor_name, '')
  LEFT JOIN failures
    ON failures.service_name = named.service_name
    AND IFNULL(failures.phase, '') = IFNULL(named.phase, '')
    AND IFNULL(failures.processor_name, '') = IFNULL(named.processor_name, '')
  LEFT JOIN expected ON expected.service_name = named.service_name AND expected.run_name = named.run_name
)

SELECT
  service_name,
  run_name,
  phase,
  processor_name,
  CASE
    WHEN last_run IS NULL AND last_failure IS NULL THEN 'NEVER_RAN'
    WHEN failed > 0 AND successes = 0 AND (run_name IS NOT NULL OR failed >= 10) THEN 'UNHEALTHY'
    WHEN failed > 0 THEN 'DEGRADED'
    WHEN successes = 0 AND IFNULL(last_failure > last_success, last_success IS NULL AND last_failure IS NOT NULL)
      THEN 'UNHEALTHY'
    WHEN successes = 0 THEN 'STALE'
    ELSE 'HEALTHY'
  END AS status,
  CASE
    WHEN last_run IS NULL AND last_failure IS NULL THEN 'expected, and never seen'
    WHEN failed = 0 AND successes = 0
      THEN 'neither a success nor a failure in 24 h'
        || IF(IFNULL(last_failure > last_success, last_success IS NULL), IFNULL('; it failed before: ' || words, ''), '')
    WHEN failed = 0 THEN CAST(successes AS STRING) || IF(successes = 1, ' success', ' successes') || ' and no failure in 24 h'
    ELSE CAST(failed AS STRING) || IF(failed = 1, ' failure', ' failures') || ' and '
      || CASE successes WHEN 0 THEN 'no success' WHEN 1 THEN '1 success' ELSE CAST(successes AS STRING) || ' successes' END
      || ' in 24 h' || IFNULL('; last ' || words, '')
  END AS reason,
  COALESCE(IF(successes = 0, failing_since, NULL), last_failure, last_success) AS since,
  last_success,
  last_failure,
  failed AS failures_24h,
  successes AS successes_24h
FROM known
