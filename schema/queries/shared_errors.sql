-- Which errors do several services have in common?
-- @services INT64 = 2
-- @days INT64 = 7
SELECT
  fingerprint,
  ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
  ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
  ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
  ARRAY_AGG(DISTINCT service_name ORDER BY service_name) AS services,
  SUM(occurrences) AS occurrences,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen
FROM incidents
WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
GROUP BY fingerprint
HAVING COUNT(DISTINCT service_name) >= @services
ORDER BY occurrences DESC, fingerprint
