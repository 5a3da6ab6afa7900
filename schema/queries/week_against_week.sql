-- What changed from last week to this one: seven days against the seven before?
-- @service STRING =
WITH weeks AS (
  SELECT
    service_name,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    SUM(IF(first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY), occurrences, 0)) AS this_week,
    SUM(IF(first_seen < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY), occurrences, 0)) AS last_week
  FROM incidents
  WHERE @service IN ('', service_name) AND first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 14 DAY)
  GROUP BY service_name, fingerprint
)

SELECT
  service_name,
  fingerprint,
  error_type,
  error_message,
  this_week,
  last_week,
  this_week - last_week AS difference
FROM weeks
ORDER BY GREATEST(this_week - last_week, last_week - this_week) DESC, service_name, fingerprint
LIMIT 100
