-- Which groups were loudest in the last hours?
-- @hours INT64 = 24
SELECT
  fingerprint,
  ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
  ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
  ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
  SUM(occurrences) AS occurrences,
  COUNT(DISTINCT service_name) AS services
FROM incidents
WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
GROUP BY fingerprint
ORDER BY occurrences DESC, fingerprint
LIMIT 50
