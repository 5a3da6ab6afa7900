-- An error may be told late: told_us is when its row was there. A backfill tells no news, and was told when it happened.
WITH counted AS (
  SELECT
    incidents.incident_id,
    incidents.service_name,
    incidents.fingerprint,
    incidents.error_type,
    incidents.error_message,
    incidents.culprit,
    incidents.severity,
    incidents.revision,
    incidents.project_id,
    incidents.location,
    incidents.trace,
    incidents.event.id AS event_id,
    incidents.is_startup,
    incidents.first_seen,
    incidents.last_seen,
    incidents.occurrences,
    UNIX_MICROS(incidents.first_seen) AS at_us,
    UNIX_MICROS(
      IF(
        incidents.source = 'backfill' OR incidents.inserted_at < incidents.first_seen,
        incidents.first_seen,
        IFNULL(incidents.inserted_at, incidents.first_seen)
      )
    ) AS told_us,
    states.state,
    IFNULL(incidents.first_seen > states.said_at, FALSE) AS is_later,
    IFNULL(states.state = 'resolved' AND incidents.first_seen > states.said_at, FALSE)
      AND IFNULL(
        resolved.last_number < IFNULL(REGEXP_EXTRACT(incidents.revision, r'-([0-9]{5})-[a-z]{3}'), ''),
        TRUE
      ) AS is_regression,
    states.state = 'muted' AND IFNULL(states.until > CURRENT_TIMESTAMP(), TRUE) AS is_muted,
    -- A mute by count counts for a week at most: no longer is looked back here.
    IF(states.said_at > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY), states.until_count, IF(states.until_count IS NULL, NULL, 0))
      AS until_count
  FROM `${dataset}`.incidents_since(8) AS incidents
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = incidents.fingerprint
  LEFT JOIN `${dataset}`.resolved_revisions AS resolved
    ON resolved.fingerprint = incidents.fingerprint
    AND resolved.stem = IFNULL(REGEXP_EXTRACT(incidents.revision, r'^(.*)-[0-9]{5}-[a-z]{3}'), incidents.revision)
  WHERE incidents.error_category != 'no_data_available'
),

muted AS (
  SELECT fingerprint, TRUE AS is_silent
  FROM counted
  WHERE is_muted
  GROUP BY fingerprint
  HAVING IFNULL(SUM(IF(is_later, occurrences, 0)) <= MAX(until_count), TRUE)
),

-- A service that the policy names has settings of its own for every rule.
named AS (
  SELECT DISTINCT service_name
  FROM `${dataset}`.alert_settings
)

SELECT
  counted.*,
  IFNULL(named.service_name, '*') AS settings_of
FROM counted
LEFT JOIN muted ON muted.fingerprint = counted.fingerprint
LEFT JOIN named ON named.service_name = counted.service_name
WHERE muted.is_silent IS NULL
