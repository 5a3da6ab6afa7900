-- What went to quarantine, and why?
-- @days INT64 = 7
SELECT
  reason,
  COUNT(*) AS messages,
  MIN(rejected_at) AS first_seen,
  MAX(rejected_at) AS last_seen
FROM service_errors_rejected
WHERE rejected_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
GROUP BY reason
ORDER BY messages DESC, reason
