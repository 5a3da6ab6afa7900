-- Which groups make most of the noise: what share of all failures, and in how many hours?
-- @days INT64 = 7
WITH counted AS (
  SELECT
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(error_category HAVING MAX first_seen) AS error_category,
    SUM(occurrences) AS occurrences,
    COUNT(DISTINCT TIMESTAMP_TRUNC(first_seen, HOUR)) AS hours
  FROM incidents
  WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
  GROUP BY fingerprint
)

SELECT
  fingerprint,
  error_type,
  error_message,
  error_category,
  occurrences,
  ROUND(100 * occurrences / SUM(occurrences) OVER ()) AS percent,
  hours
FROM counted
ORDER BY occurrences DESC, fingerprint
LIMIT 20
