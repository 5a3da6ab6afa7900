SELECT
  service_name,
  revision,
  MIN(run_timestamp) AS first_answer,
  MAX(run_timestamp) AS last_answer
FROM `${dataset}`.service_runs
WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
  AND status IN ('answered', 'succeeded', 'partial', 'no_data')
GROUP BY service_name, revision
