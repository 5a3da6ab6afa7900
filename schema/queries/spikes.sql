-- Which groups are louder in the last hour than in the same hour of the four weeks before?
-- @times FLOAT64 = 3
-- @least INT64 = 10
WITH hours AS (
  SELECT
    fingerprint,
    service_name,
    error_type,
    error_message,
    occurrences,
    first_seen,
    DIV(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), first_seen, MICROSECOND), 604800000000) AS weeks_ago
  FROM incidents
  WHERE MOD(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), first_seen, MICROSECOND), 604800000000) < 3600000000
),

counted AS (
  SELECT
    service_name,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    SUM(IF(weeks_ago = 0, occurrences, 0)) AS last_hour,
    SUM(IF(weeks_ago BETWEEN 1 AND 4, occurrences, 0)) / 4 AS usual
  FROM hours
  GROUP BY service_name, fingerprint
)

SELECT *
FROM counted
WHERE last_hour >= @least AND last_hour > @times * usual
ORDER BY last_hour DESC, service_name, fingerprint
