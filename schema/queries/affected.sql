-- Which revisions and regions does a group hit?
-- @fingerprint STRING =
SELECT
  fingerprint,
  service_name,
  location,
  revision,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen,
  SUM(occurrences) AS occurrences,
  COUNT(DISTINCT instance_id) AS instances
FROM incidents
WHERE STARTS_WITH(fingerprint, @fingerprint) OR STARTS_WITH(fingerprint, 'v1:' || @fingerprint)
GROUP BY fingerprint, service_name, location, revision
ORDER BY occurrences DESC, fingerprint, service_name, location, revision
LIMIT 500
