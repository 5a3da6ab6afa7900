-- No data is expected on a day off and outside the season; on a day with work of the manifest it is a failure. What a
-- platform answered is counted 1 / sample_rate times.
WITH zones AS (
  SELECT service_name, run_name, MAX(time_zone) AS time_zone
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name
),

judged AS (
  SELECT
    runs.*,
    runs.status IN ('succeeded', 'partial', 'answered') OR (runs.status = 'no_data' AND work.date IS NULL) AS is_good,
    runs.status IN ('failed', 'timed_out') OR (runs.status = 'no_data' AND work.date IS NOT NULL) AS is_failed,
    IF(runs.status = 'no_data', 'no data on a day with work' || IFNULL(': ' || runs.reason, ''), runs.reason) AS words,
    CAST(UNIX_MICROS(runs.run_timestamp) AS STRING) || runs.run_id AS stamp,
    runs.run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) AS is_recent
  FROM `${dataset}`.runs_since(400) AS runs
  LEFT JOIN zones ON zones.service_name = runs.service_name AND zones.run_name = runs.run_name
  LEFT JOIN `${dataset}`.days_with_work(400) AS work
    ON work.service_name = runs.service_name
    AND work.run_name = runs.run_name
    AND work.date = CAST(DATE(runs.ended_at, zones.time_zone) AS STRING)
),

dated AS (
  SELECT
    *,
    MAX(IF(is_good, ended_at, NULL)) OVER (PARTITION BY service_name, run_name, phase, processor_name) AS last_good
  FROM judged
)

SELECT
  service_name,
  run_name,
  phase,
  processor_name,
  MAX(run_timestamp) AS last_run,
  MAX(last_good) AS last_success,
  SUM(IF(is_good AND ended_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), 1 / IFNULL(sample_rate, 1), 0))
    AS successes_24h,
  MAX(IF(is_failed, run_timestamp, NULL)) AS last_failure,
  COUNTIF(is_failed AND is_recent) AS failures_24h,
  MIN(IF(is_failed AND is_recent, run_timestamp, NULL)) AS first_failure_24h,
  MIN(IF(is_failed AND IFNULL(run_timestamp > last_good, TRUE), run_timestamp, NULL)) AS failing_since,
  ANY_VALUE(IF(is_failed, run_id, NULL) HAVING MAX IF(is_failed, stamp, '')) AS last_failed_id,
  ANY_VALUE(IF(is_failed, status, NULL) HAVING MAX IF(is_failed, stamp, '')) AS last_failed_status,
  ANY_VALUE(IF(is_failed, words, NULL) HAVING MAX IF(is_failed, stamp, '')) AS last_failed_reason,
  LOGICAL_OR(evidence = 'reported') AS is_reported
FROM dated
GROUP BY service_name, run_name, phase, processor_name
