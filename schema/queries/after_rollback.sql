-- What did a rollback end, what goes on, and what did it bring?
-- @service STRING =
-- @rolled_back TIMESTAMP = 1h
-- @hours INT64 = 24
WITH counted AS (
  SELECT
    service_name,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    SUM(IF(first_seen < @rolled_back, occurrences, 0)) AS before,
    SUM(IF(first_seen >= @rolled_back, occurrences, 0)) AS after,
    MAX(last_seen) AS last_seen,
    ANY_VALUE(revision HAVING MAX first_seen) AS last_revision
  FROM incidents
  WHERE @service IN ('', service_name) AND first_seen >= TIMESTAMP_SUB(@rolled_back, INTERVAL @hours HOUR)
  GROUP BY service_name, fingerprint
)

SELECT
  service_name,
  CASE WHEN after = 0 THEN 'ended' WHEN before = 0 THEN 'new' ELSE 'goes on' END AS verdict,
  fingerprint,
  error_type,
  error_message,
  before,
  after,
  last_seen,
  last_revision
FROM counted
ORDER BY service_name, after DESC, before DESC, fingerprint
