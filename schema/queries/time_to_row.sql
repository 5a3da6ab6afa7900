-- How long did errors take from the log entry to the row, per service?
-- @hours INT64 = 24
SELECT
  service_name,
  COUNT(*) AS rows_written,
  MIN(TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND)) AS min_ms,
  CAST(ROUND(AVG(TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND))) AS INT64) AS mean_ms,
  MAX(TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND)) AS max_ms
FROM service_errors_unique
WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @hours HOUR)
GROUP BY service_name
ORDER BY max_ms DESC
