-- The latest row of a run that is not its start has its status; the latest start, where there is no other. What the
-- platform saw answered yields to what the library reported of the same call: an answer proves life, not success.
-- Delivered twice, a row changes nothing.
WITH transitions AS (
  SELECT
    *,
    IF(status = 'started', '0', '1') || CAST(UNIX_MICROS(run_timestamp) AS STRING) || row_id AS stamp
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
),

reported AS (
  SELECT DISTINCT service_name, trace, TRUE AS is_reported
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
    AND evidence = 'reported'
    AND trace IS NOT NULL
),

joined AS (
  SELECT
    run_id,
    service_name,
    ANY_VALUE(run_name HAVING MAX stamp) AS run_name,
    MAX(run_key) AS run_key,
    MAX(phase) AS phase,
    MAX(processor_name) AS processor_name,
    ANY_VALUE(status HAVING MAX stamp) AS status,
    ANY_VALUE(evidence HAVING MAX stamp) AS evidence,
    MIN(run_timestamp) AS first_told_at,
    MAX(run_timestamp) AS run_timestamp,
    MIN(IF(status = 'started', run_timestamp, NULL)) AS told_start,
    MAX(IF(status = 'started', NULL, run_timestamp)) AS ended_at,
    MAX(duration_ms) AS duration_ms,
    ANY_VALUE(row_count HAVING MAX stamp) AS row_count,
    ANY_VALUE(reason HAVING MAX stamp) AS reason,
    ANY_VALUE(error_id HAVING MAX stamp) AS error_id,
    MAX(project_id) AS project_id,
    MAX(location) AS location,
    MAX(resource_type) AS resource_type,
    MAX(revision) AS revision,
    MAX(release) AS release,
    MAX(environment) AS environment,
    MAX(instance_id) AS instance_id,
    MAX(execution) AS execution,
    MAX(task_index) AS task_index,
    MAX(trace) AS trace,
    ANY_VALUE(labels HAVING MAX stamp) AS labels,
    MAX(sample_rate) AS sample_rate,
    MAX(inserted_at) AS inserted_at
  FROM transitions
  GROUP BY service_name, run_id
)

SELECT
  joined.run_id,
  joined.service_name,
  joined.run_name,
  joined.run_key,
  joined.phase,
  joined.processor_name,
  joined.status,
  joined.evidence,
  COALESCE(
    joined.told_start,
    TIMESTAMP_SUB(
      joined.first_told_at,
      INTERVAL CAST(ROUND(IFNULL(joined.duration_ms, 0) * 1000) AS INT64) MICROSECOND
    )
  ) AS started_at,
  joined.ended_at,
  joined.run_timestamp,
  joined.duration_ms,
  joined.row_count,
  joined.reason,
  joined.error_id,
  joined.project_id,
  joined.location,
  joined.resource_type,
  joined.revision,
  joined.release,
  joined.environment,
  joined.instance_id,
  joined.execution,
  joined.task_index,
  joined.trace,
  joined.labels,
  joined.sample_rate,
  joined.inserted_at
FROM joined
LEFT JOIN reported ON reported.service_name = joined.service_name AND reported.trace = joined.trace
WHERE joined.status != 'answered' OR reported.is_reported IS NULL
