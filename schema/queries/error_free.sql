-- Which services answer, and had no failure?
-- What was expected (no_data_available) is none; a run that failed is one. Observed answers prove life, not success.
-- @hours INT64 = 24
WITH alive AS (
  SELECT
    service_name,
    COUNT(DISTINCT IF(status IN ('answered', 'succeeded', 'partial', 'no_data'), row_id, NULL)) AS answers,
    MAX(IF(status IN ('answered', 'succeeded', 'partial', 'no_data'), run_timestamp, NULL)) AS last_answer
  FROM service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
  GROUP BY service_name
  HAVING answers > 0 AND NOT LOGICAL_OR(status IN ('failed', 'timed_out'))
),

failed AS (
  SELECT service_name, COUNT(*) AS incidents
  FROM incidents
  WHERE last_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
    AND error_category != 'no_data_available'
  GROUP BY service_name
)

SELECT alive.service_name, alive.answers, alive.last_answer
FROM alive
LEFT JOIN failed ON failed.service_name = alive.service_name
WHERE failed.incidents IS NULL
ORDER BY alive.service_name
