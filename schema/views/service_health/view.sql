-- An answer proves life, not success; a failure proves neither silence nor death. The worse of failing and silent wins,
-- and the reason tells of both.
WITH answers AS (
  SELECT
    service_name,
    MAX(IF(status IN ('answered', 'succeeded', 'partial', 'no_data'), run_timestamp, NULL)) AS last_success,
    SUM(IF(
      status IN ('answered', 'succeeded', 'partial', 'no_data')
        AND run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR),
      1 / IFNULL(sample_rate, 1),
      0
    )) AS answers_24h,
    COUNTIF(
      status IN ('failed', 'timed_out') AND run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS failed_runs_24h,
    MAX(IF(status IN ('failed', 'timed_out'), run_timestamp, NULL)) AS last_failed_run,
    ANY_VALUE(
      run_name || ' ' || status || IFNULL(': ' || reason, '')
      HAVING MAX IF(
        status IN ('failed', 'timed_out'), CONCAT(CAST(UNIX_MICROS(run_timestamp) AS STRING), run_id), ''
      )
    ) AS run_words,
    LOGICAL_OR(evidence = 'reported') AS is_reported
  FROM `${dataset}`.runs_since(400)
  GROUP BY service_name
),

failures AS (
  SELECT
    service_name,
    MAX(last_seen) AS last_failure,
    ANY_VALUE(error_type || IF(error_message = '', '', ': ' || error_message) HAVING MAX first_seen) AS error_words,
    SUM(IF(first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), occurrences, 0)) AS failures_24h,
    -- A program that went on after its error lives.
    SUM(IF(
      first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
        AND (NOT IFNULL(handled, FALSE) OR 'ContainerExit' IN UNNEST(symptoms)),
      occurrences,
      0
    )) AS unhandled_24h,
    MAX(IF(IFNULL(handled, FALSE), NULL, last_seen)) AS last_unhandled
  FROM `${dataset}`.incidents
  WHERE error_category != 'no_data_available'
  GROUP BY service_name
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
  SELECT service_name FROM answers
  UNION DISTINCT
  SELECT service_name FROM `${dataset}`.incidents
  UNION DISTINCT
  SELECT service_name FROM expected
),

services AS (
  SELECT
    known.service_name,
    answers.last_success,
    CAST(ROUND(IFNULL(answers.answers_24h, 0)) AS INT64) AS answered,
    IF(
      IFNULL(answers.last_failed_run > failures.last_failure, failures.last_failure IS NULL),
      answers.last_failed_run,
      failures.last_failure
    ) AS last_failure,
    COALESCE(failures.error_words, answers.run_words) AS words,
    GREATEST(IFNULL(failures.failures_24h, 0), IFNULL(answers.failed_runs_24h, 0)) AS failed,
    GREATEST(IFNULL(failures.unhandled_24h, 0), IFNULL(answers.failed_runs_24h, 0)) AS unhandled,
    failures.last_unhandled > IFNULL(answers.last_success, TIMESTAMP '1970-01-01 00:00:00+00') AS failed_before,
    startup.down_since,
    startup.startup_error,
    startup.is_served,
    expected.expected_since,
    CASE
      WHEN answers.is_reported THEN 'reported'
      WHEN answers.service_name IS NOT NULL THEN 'observed'
      WHEN failures.service_name IS NOT NULL THEN 'failures only'
      ELSE 'none'
    END AS evidence
  FROM known
  LEFT JOIN answers USING (service_name)
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
    WHEN failed = 0 AND answered = 0 AND down_since IS NULL AND IFNULL(failed_before, FALSE) THEN 'UNHEALTHY'
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
      THEN 'neither an answer nor a failure seen in 24 h' || IF(IFNULL(failed_before, FALSE), '; it failed before: ' || words, '')
    WHEN failed = 0 THEN CAST(answered AS STRING) || IF(answered = 1, ' answer', ' answers') || ' and no failure in 24 h'
    ELSE CAST(failed AS STRING) || IF(failed = 1, ' failure', ' failures') || ' and '
      || CASE answered WHEN 0 THEN 'no answer seen' WHEN 1 THEN '1 answer' ELSE CAST(answered AS STRING) || ' answers' END
      || ' in 24 h, last ' || words
  END AS reason,
  evidence,
  COALESCE(down_since, last_failure, last_success, expected_since) AS since,
  last_success,
  last_failure,
  failed AS failures_24h,
  answered AS answers_24h
FROM services
