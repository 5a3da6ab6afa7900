-- What a platform answered is counted 1 / sample_rate times.
SELECT
  service_name,
  run_name,
  phase,
  processor_name,
  MAX(run_timestamp) AS last_run,
  MAX(IF(is_good, ended_at, NULL)) AS last_success,
  SUM(IF(is_good AND ended_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), 1 / IFNULL(sample_rate, 1), 0))
    AS successes_24h,
  MAX(IF(is_failed, run_timestamp, NULL)) AS last_failure,
  COUNTIF(is_failed AND is_recent) AS failures_24h,
  MIN(IF(is_failed AND is_recent, run_timestamp, NULL)) AS first_failure_24h,
  ANY_VALUE(IF(is_failed, run_id, NULL) HAVING MAX failed_stamp) AS last_failed_id,
  ANY_VALUE(IF(is_failed, status, NULL) HAVING MAX failed_stamp) AS last_failed_status,
  ANY_VALUE(IF(is_failed, reason, NULL) HAVING MAX failed_stamp) AS last_failed_reason,
  MIN(IF(is_failed AND IFNULL(run_timestamp > last_good, TRUE), run_timestamp, NULL)) AS failing_since,
  LOGICAL_OR(evidence = 'reported') AS is_reported
FROM (
  SELECT
    *,
    status IN ('succeeded', 'partial', 'no_data', 'answered') AS is_good,
    status IN ('failed', 'timed_out') AS is_failed,
    IF(status IN ('failed', 'timed_out'), CAST(UNIX_MICROS(run_timestamp) AS STRING) || run_id, '') AS failed_stamp,
    run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) AS is_recent,
    MAX(IF(status IN ('succeeded', 'partial', 'no_data', 'answered'), ended_at, NULL)) OVER (
      PARTITION BY service_name, run_name, phase, processor_name
    ) AS last_good
  FROM `${dataset}`.runs_since(400)
) AS runs
GROUP BY service_name, run_name, phase, processor_name
