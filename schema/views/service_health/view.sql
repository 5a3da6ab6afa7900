-- An answer proves life, not success; a failure proves neither silence nor death. The worse of failing and silent wins,
-- and the reason tells of both.
WITH performed AS (
  SELECT
    service_name,
    MAX(last_success) AS last_success,
    SUM(successes_24h) AS successes_24h,
    MAX(last_failure) AS last_failure,
    SUM(failures_24h) AS failures_24h,
    MIN(first_failure_24h) AS first_failure_24h,
    IF(
      IFNULL(MAX(last_failure) > MAX(last_success), TRUE),
      GREATEST(MIN(failing_since), IFNULL(MAX(last_success), MIN(failing_since))),
      NULL
    ) AS failing_since,
    ANY_VALUE(
      run_name || ' ' || last_failed_status || IFNULL(': ' || last_failed_reason, '')
      HAVING MAX IFNULL(CAST(UNIX_MICROS(last_failure) AS STRING) || last_failed_id, '')
    ) AS words,
    LOGICAL_OR(is_reported) AS is_reported
  FROM `${dataset}`.runs_by_processor
  GROUP BY service_name
),

-- What was expected (no_data_available) is no failure, and shows that the service was seen.
failures AS (
  SELECT
    incidents.service_name,
    MAX(IF(is_failure, last_seen, NULL)) AS last_failure,
    ANY_VALUE(
      IF(is_failure, error_type || IF(error_message = '', '', ': ' || error_message), NULL)
      HAVING MAX IF(is_failure, first_seen, NULL)
    ) AS words,
    SUM(IF(is_failure AND is_recent, occurrences, 0)) AS failures_24h,
    -- A program that went on after its error lives.
    SUM(IF(
      is_failure AND is_recent AND (NOT IFNULL(handled, FALSE) OR 'ContainerExit' IN UNNEST(symptoms)),
      occurrences,
      0
    )) AS unhandled_24h,
    MIN(IF(is_failure AND is_recent, first_seen, NULL)) AS first_failure_24h,
    MIN(IF(
      is_failure AND NOT IFNULL(handled, FALSE) AND IFNULL(first_seen > performed.last_success, TRUE),
      first_seen,
      NULL
    )) AS failing_since
  FROM (
    SELECT
      *,
      error_category != 'no_data_available' AS is_failure,
      first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) AS is_recent
    FROM `${dataset}`.incidents
  ) AS incidents
  LEFT JOIN performed ON performed.service_name = incidents.service_name
  GROUP BY incidents.service_name
),

startup AS (
  SELECT
    service_name,
    MIN(first_seen) AS down_since,
    ANY_VALUE(cause HAVING MAX last_seen) AS startup_error,
    LOGICAL_AND(is_served_by_another) AS is_served
  FROM `${dataset}`.startup_failures_since(30, 400)
  WHERE is_ongoing
  GROUP BY service_name
),

expected AS (
  SELECT service_name, MIN(known_since) AS expected_since
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name
),

known AS (
  SELECT DISTINCT service_name
  FROM (
    SELECT service_name FROM performed
    UNION ALL
    SELECT service_name FROM failures
    UNION ALL
    SELECT service_name FROM expected
  )
),

services AS (
  SELECT
    known.service_name,
    performed.last_success,
    CAST(ROUND(IFNULL(performed.successes_24h, 0)) AS INT64) AS answered,
    IF(
      IFNULL(performed.last_failure > failures.last_failure, failures.last_failure IS NULL),
      performed.last_failure,
      failures.last_failure
    ) AS last_failure,
    COALESCE(failures.words, performed.words) AS words,
    GREATEST(IFNULL(failures.failures_24h, 0), IFNULL(performed.failures_24h, 0)) AS failed,
    GREATEST(IFNULL(failures.unhandled_24h, 0), IFNULL(performed.failures_24h, 0)) AS unhandled,
    LEAST(
      IFNULL(performed.first_failure_24h, failures.first_failure_24h),
      IFNULL(failures.first_failure_24h, performed.first_failure_24h)
    ) AS first_failure_24h,
    LEAST(
      IFNULL(performed.failing_since, failures.failing_since),
      IFNULL(failures.failing_since, performed.failing_since)
    ) AS failing_since,
    startup.down_since,
    startup.startup_error,
    startup.is_served,
    expected.expected_since,
    CASE
      WHEN performed.is_reported THEN 'reported'
      WHEN performed.service_name IS NOT NULL THEN 'observed'
      WHEN failures.service_name IS NOT NULL THEN 'failures only'
      ELSE 'none'
    END AS evidence
  FROM known
  LEFT JOIN performed USING (service_name)
  LEFT JOIN failures USING (service_name)
  LEFT JOIN startup USING (service_name)
  LEFT JOIN expected USING (service_name)
  -- What `svcerrors canary` sends is no service: it is silent until somebody sends one again.
  WHERE known.service_name != 'svcerrors-canary'
)

SELECT
  service_name,
  CASE
    WHEN down_since IS NOT NULL AND NOT is_served THEN 'UNHEALTHY'
    WHEN unhandled > 0 AND answered = 0 THEN 'UNHEALTHY'
    WHEN failed = 0 AND answered = 0 AND down_since IS NULL AND failing_since IS NOT NULL THEN 'UNHEALTHY'
    WHEN evidence = 'none' AND expected_since IS NOT NULL THEN 'NEVER_RAN'
    WHEN failed = 0 AND answered = 0 AND down_since IS NULL THEN 'STALE'
    WHEN failed > 0 OR down_since IS NOT NULL THEN 'DEGRADED'
    ELSE 'HEALTHY'
  END AS status,
  CASE
    WHEN down_since IS NOT NULL AND NOT is_served
      THEN 'cannot start: ' || startup_error || IF(failed = 0 AND answered = 0, '; silent for 24 h', '')
    WHEN down_since IS NOT NULL THEN 'a revision cannot start, an older one answers: ' || startup_error
    WHEN evidence = 'none' AND expected_since IS NOT NULL THEN 'expected, and never seen'
    WHEN failed = 0 AND answered = 0
      THEN 'neither an answer nor a failure seen in 24 h' || IF(failing_since IS NULL, '', '; it failed before: ' || words)
    WHEN failed = 0 THEN CAST(answered AS STRING) || IF(answered = 1, ' answer', ' answers') || ' and no failure in 24 h'
    ELSE CAST(failed AS STRING) || IF(failed = 1, ' failure', ' failures') || ' and '
      || CASE answered WHEN 0 THEN 'no answer seen' WHEN 1 THEN '1 answer' ELSE CAST(answered AS STRING) || ' answers' END
      || ' in 24 h, last ' || words
  END AS reason,
  evidence,
  CASE
    WHEN down_since IS NOT NULL THEN down_since
    WHEN answered = 0 AND failing_since IS NOT NULL THEN failing_since
    WHEN failed > 0 THEN first_failure_24h
    WHEN answered = 0 THEN COALESCE(GREATEST(last_success, last_failure), last_success, last_failure, expected_since)
    ELSE COALESCE(last_failure, last_success)
  END AS since,
  last_success,
  last_failure,
  failed AS failures_24h,
  answered AS answers_24h
FROM services
