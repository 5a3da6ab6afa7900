-- A run that is reported tells success from failure. Of a processor that only errors name, no success can be seen: ten
-- failures in a day and no success is UNHEALTHY all the same, or 720,000 of them hide behind a service that answers.
WITH performed AS (
  SELECT *
  FROM `${dataset}`.runs_by_processor
  WHERE NOT STARTS_WITH(run_name, 'heartbeat:')
),

good AS (
  SELECT service_name, phase, processor_name, MAX(last_success) AS last_success
  FROM performed
  GROUP BY service_name, phase, processor_name
),

failures AS (
  SELECT
    incidents.service_name,
    incidents.phase,
    incidents.processor_name,
    SUM(IF(is_recent, occurrences, 0)) AS failures_24h,
    MIN(IF(is_recent, first_seen, NULL)) AS first_failure_24h,
    MIN(IF(IFNULL(first_seen > good.last_success, TRUE), first_seen, NULL)) AS failing_since,
    MAX(last_seen) AS last_failure,
    ANY_VALUE(error_type || IF(error_message = '', '', ': ' || error_message) HAVING MAX first_seen) AS words
  FROM (
    SELECT *, first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) AS is_recent
    FROM `${dataset}`.incidents
    WHERE error_category != 'no_data_available'
  ) AS incidents
  LEFT JOIN good
    ON good.service_name = incidents.service_name
    AND IFNULL(good.phase, '') = IFNULL(incidents.phase, '')
    AND IFNULL(good.processor_name, '') = IFNULL(incidents.processor_name, '')
  GROUP BY incidents.service_name, incidents.phase, incidents.processor_name
),

expected AS (
  SELECT service_name, run_name, phase, processor_name, MIN(known_since) AS expected_since
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name, phase, processor_name
),

-- What the manifest says of phase and processor holds for runs and errors that do not say it themselves.
named AS (
  SELECT DISTINCT service_name, run_name, phase, processor_name
  FROM (
    SELECT service_name, run_name, phase, processor_name FROM performed
    UNION ALL
    SELECT expected.service_name, expected.run_name, expected.phase, expected.processor_name
    FROM expected
    LEFT JOIN performed ON performed.service_name = expected.service_name AND performed.run_name = expected.run_name
    WHERE performed.run_name IS NULL
    UNION ALL
    SELECT failures.service_name, NULL, failures.phase, failures.processor_name
    FROM failures
    LEFT JOIN performed
      ON performed.service_name = failures.service_name
      AND IFNULL(performed.phase, '') = IFNULL(failures.phase, '')
      AND IFNULL(performed.processor_name, '') = IFNULL(failures.processor_name, '')
    WHERE performed.run_name IS NULL AND (failures.phase IS NOT NULL OR failures.processor_name IS NOT NULL)
  )
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
    GREATEST(IFNULL(performed.failures_24h, 0), IFNULL(failures.failures_24h, 0)) AS failed,
    IF(
      IFNULL(performed.last_failure > failures.last_failure, failures.last_failure IS NULL),
      performed.last_failure,
      failures.last_failure
    ) AS last_failure,
    LEAST(
      IFNULL(performed.first_failure_24h, failures.first_failure_24h),
      IFNULL(failures.first_failure_24h, performed.first_failure_24h)
    ) AS first_failure_24h,
    LEAST(
      IFNULL(performed.failing_since, failures.failing_since),
      IFNULL(failures.failing_since, performed.failing_since)
    ) AS failing_since,
    COALESCE(failures.words, performed.last_failed_reason) AS words,
    expected.expected_since,
    CASE
      WHEN performed.is_reported THEN 'reported'
      WHEN performed.run_name IS NOT NULL THEN 'observed'
      WHEN failures.service_name IS NOT NULL THEN 'failures only'
      ELSE 'none'
    END AS evidence
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
    WHEN evidence = 'none' THEN 'NEVER_RAN'
    WHEN failed > 0 AND successes = 0 AND (run_name IS NOT NULL OR failed >= 10) THEN 'UNHEALTHY'
    WHEN failed > 0 THEN 'DEGRADED'
    WHEN successes = 0 AND failing_since IS NOT NULL THEN 'UNHEALTHY'
    WHEN successes = 0 THEN 'STALE'
    ELSE 'HEALTHY'
  END AS status,
  CASE
    WHEN evidence = 'none' THEN 'expected, and never seen'
    WHEN failed = 0 AND successes = 0
      THEN 'neither a success nor a failure in 24 h'
        || IF(failing_since IS NULL, '', IFNULL('; it failed before: ' || words, ''))
    WHEN failed = 0 THEN CAST(successes AS STRING) || IF(successes = 1, ' success', ' successes') || ' and no failure in 24 h'
    ELSE CAST(failed AS STRING) || IF(failed = 1, ' failure', ' failures') || ' and '
      || CASE successes WHEN 0 THEN 'no success' WHEN 1 THEN '1 success' ELSE CAST(successes AS STRING) || ' successes' END
      || ' in 24 h' || IFNULL('; last ' || words, '')
  END AS reason,
  evidence,
  CASE
    WHEN successes = 0 AND failing_since IS NOT NULL THEN failing_since
    WHEN failed > 0 THEN first_failure_24h
    WHEN successes = 0 THEN COALESCE(GREATEST(last_success, last_failure), last_success, last_failure, last_run, expected_since)
    ELSE COALESCE(last_failure, last_success)
  END AS since,
  last_success,
  last_failure,
  failed AS failures_24h,
  successes AS successes_24h
FROM known
