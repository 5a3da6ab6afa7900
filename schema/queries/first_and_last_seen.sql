-- When was a group first and last seen, where, and how often?
-- @fingerprint STRING =
SELECT fingerprint, error_type, error_message, first_seen, last_seen, occurrences, occurrences_24h, services, revisions
FROM error_groups
WHERE STARTS_WITH(fingerprint, @fingerprint) OR STARTS_WITH(fingerprint, 'v1:' || @fingerprint)
ORDER BY last_seen DESC, fingerprint
LIMIT 50
