-- An answer proves life, not success; a failure proves neither silence nor death. The worse of failing and silent wins.
WITH answers AS (
  SELECT
    service_name,
    MAX(run_timestamp) AS last_success,
    SUM(IF(
      run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR),
      1 / IFNULL(sample_rate, 1),
      0
    )) AS answers_24h
  FROM `${dataset}`.service_runs_unique
  WHERE status IN ('answered', 'succeeded', 'partial', 'no_data')
  GROUP BY service_name
),

failures AS (
  SELECT
    service_name,
    MAX(last_seen) AS last_failure,
    ANY_VALUE(error_type HAVING MAX first_seen) AS last_error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS last_error_message,
    SUM(IF(
      first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) AND error_category != 'no_data_available',
      occurrences,
      0
    )) AS failures_24h,
    -- A program that went on after its error lives.
    SUM(IF(
      first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
        AND error_category != 'no_data_available'
        AND (NOT IFNULL(handled, FALSE) OR 'ContainerExit' IN UNNEST(symptoms)),
      occurrences,
      0
    )) AS unhandled_24h
  FROM `${dataset}`.incidents
  GROUP BY service_name
),

startup AS (
  SELECT
    service_name,
    MIN(first_seen) AS down_since,
    ANY_VALUE(cause HAVING MAX last_seen) AS startup_error,
    LOGICAL_AND(is_served_by_another) AS is_served
  FROM `${dataset}`.startup_failures
  WHERE is_ongoing
  GROUP BY service_name
),

seen AS (
  SELECT service_name FROM answers
  UNION DISTINCT
  SELECT service_name FROM failures
),

services AS (
  SELECT
    seen.service_name,
    answers.last_success,
    CAST(ROUND(IFNULL(answers.answers_24h, 0)) AS INT64) AS answered,
    failures.last_failure,
    failures.last_error_type,
    failures.last_error_message,
    IFNULL(failures.failures_24h, 0) AS failed,
    IFNULL(failures.unhandled_24h, 0) AS unhandled,
    startup.down_since,
    startup.startup_error,
    startup.is_served
  FROM seen
  LEFT JOIN answers USING (service_name)
  LEFT JOIN failures USING (service_name)
  LEFT JOIN startup USING (service_name)
)

SELECT
  service_name,
  CASE
    WHEN down_since IS NOT NULL AND NOT is_served THEN 'UNHEALTHY'
    WHEN unhandled > 0 AND answered = 0 THEN 'UNHEALTHY'
    WHEN failed = 0 AND answered = 0 AND down_since IS NULL THEN 'STALE'
    WHEN failed > 0 OR down_since IS NOT NULL THEN 'DEGRADED'
    ELSE 'HEALTHY'
  END AS status,
  CASE
    WHEN down_since IS NOT NULL AND NOT is_served THEN 'cannot start: ' || startup_error
    WHEN down_since IS NOT NULL THEN 'a revision cannot start, an older one answers: ' || startup_error
    WHEN failed = 0 AND answered = 0 THEN 'neither an answer nor a failure seen in 24 h'
    WHEN failed = 0 THEN CAST(answered AS STRING) || IF(answered = 1, ' answer', ' answers') || ' and no failure in 24 h'
    ELSE CAST(failed AS STRING) || IF(failed = 1, ' failure', ' failures') || ' and '
      || CASE answered WHEN 0 THEN 'no answer seen' WHEN 1 THEN '1 answer' ELSE CAST(answered AS STRING) || ' answers' END
      || ' in 24 h, last ' || last_error_type || ': ' || last_error_message
  END AS reason,
  COALESCE(down_since, last_failure, last_success) AS since,
  last_success,
  last_failure,
  failed AS failures_24h,
  answered AS answers_24h
FROM services
