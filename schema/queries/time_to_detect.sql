-- How long did errors take from the log entry to the row, per service?
-- The p-th percentile is the least time that p % of the rows did not exceed.
-- @days INT64 = 1
WITH timed AS (
  SELECT service_name, error_id, MIN(TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND)) AS ms
  FROM service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY) AND source = 'live'
  GROUP BY service_name, error_id
),

ranked AS (
  SELECT
    service_name,
    ms,
    ROW_NUMBER() OVER (PARTITION BY service_name ORDER BY ms) AS place,
    COUNT(*) OVER (PARTITION BY service_name) AS live_rows
  FROM timed
)

SELECT
  service_name,
  MAX(live_rows) AS live_rows,
  MIN(IF(place >= 0.5 * live_rows, ms, NULL)) AS p50_ms,
  MIN(IF(place >= 0.95 * live_rows, ms, NULL)) AS p95_ms,
  MAX(ms) AS max_ms
FROM ranked
GROUP BY service_name
ORDER BY p95_ms DESC, service_name
