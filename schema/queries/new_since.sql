-- Which groups were first seen since a time?
-- @since TIMESTAMP = 24h
SELECT fingerprint, error_type, error_message, culprit, first_seen, last_seen, occurrences, services, revisions
FROM error_groups
WHERE first_seen >= @since
ORDER BY first_seen DESC, fingerprint
