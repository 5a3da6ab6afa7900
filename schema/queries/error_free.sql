-- Which services answer, and had no failure?
-- What was expected (no_data_available) is none. Observed answers prove life, not success.
-- @hours INT64 = 24
WITH alive AS (
  SELECT
    service_name,
    COUNT(DISTINCT row_id) AS answers,
    MAX(run_timestamp) AS last_answer
  FROM service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
    AND status IN ('answered', 'succeeded', 'partial', 'no_data')
  GROUP BY service_name
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
