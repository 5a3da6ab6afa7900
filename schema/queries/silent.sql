-- Which services were seen in the last 30 days, and for hours have neither answered, run nor failed?
-- @hours INT64 = 24
WITH signs AS (
  SELECT service_name, 'run' AS sign, run_timestamp AS seen
  FROM service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 30 DAY)
  UNION ALL
  SELECT service_name, 'failure' AS sign, last_seen AS seen
  FROM incidents
)

SELECT
  service_name,
  MAX(seen) AS last_seen,
  ANY_VALUE(sign HAVING MAX seen) AS last_sign,
  COUNT(*) AS signs
FROM signs
GROUP BY service_name
HAVING MAX(seen) < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
ORDER BY last_seen, service_name
