-- Which groups were resolved and have come back, in a revision that is later than those of then?
SELECT fingerprint, error_type, error_message, culprit, state_since AS resolved_at, last_seen, occurrences_24h, services, owner
FROM error_groups
WHERE state = 'regressed'
ORDER BY last_seen DESC, fingerprint
