-- Which groups have been open for longest, and still fail?
-- @days INT64 = 7
SELECT fingerprint, error_type, error_message, culprit, first_seen, last_seen, occurrences, services, owner, state
FROM error_groups
WHERE state IN ('open', 'acknowledged', 'regressed')
  AND last_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
ORDER BY first_seen, fingerprint
LIMIT 50
