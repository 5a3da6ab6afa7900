-- How long did errors take from the log entry to the row, per service?
-- The p-th percentile is the least time that p % of the errors did not exceed.
-- @days INT64 = 1
WITH timed AS (
  SELECT service_name, TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND) AS ms
  FROM errors_since(@days)
  WHERE source = 'live'
),

ranked AS (
  SELECT
    service_name,
    ms,
    ROW_NUMBER() OVER (PARTITION BY service_name ORDER BY ms) AS place,
    COUNT(*) OVER (PARTITION BY service_name) AS errors
  FROM timed
)

SELECT
  service_name,
  MAX(errors) AS errors,
  MIN(IF(place >= 0.5 * errors, ms, NULL)) AS p50_ms,
  MIN(IF(place >= 0.95 * errors, ms, NULL)) AS p95_ms,
  MAX(ms) AS max_ms
FROM ranked
GROUP BY service_name
ORDER BY p95_ms DESC, service_name
