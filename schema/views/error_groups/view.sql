WITH by_hour AS (
  SELECT
    fingerprint,
    TIMESTAMP_TRUNC(first_seen, HOUR) AS hour,
    SUM(occurrences) AS occurrences
  FROM `${dataset}`.incidents_since(2)
  WHERE first_seen >= TIMESTAMP_SUB(TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR), INTERVAL 23 HOUR)
  GROUP BY fingerprint, hour
),

trends AS (
  SELECT
    fingerprint,
    SUM(occurrences) AS occurrences_24h,
    ARRAY_AGG(STRUCT(hour AS hour, occurrences AS occurrences) ORDER BY hour) AS hourly
  FROM by_hour
  GROUP BY fingerprint
),

-- What came after the last statement: of a resolved group, in a revision in which it had not been seen, and none older.
judged AS (
  SELECT
    incidents.*,
    IFNULL(incidents.first_seen > states.said_at, FALSE) AS is_later,
    IFNULL(states.state = 'resolved' AND incidents.first_seen > states.said_at, FALSE)
      AND IFNULL(
        resolved.last_number < IFNULL(REGEXP_EXTRACT(incidents.revision, r'-([0-9]{5})-[a-z]{3}'), ''),
        TRUE
      ) AS is_regression
  FROM `${dataset}`.incidents_since(90) AS incidents
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = incidents.fingerprint
  LEFT JOIN `${dataset}`.resolved_revisions AS resolved
    ON resolved.fingerprint = incidents.fingerprint
    AND resolved.stem
    = IFNULL(REGEXP_EXTRACT(incidents.revision, r'^(.*)-[0-9]{5}-[a-z]{3}'), incidents.revision)
),

totals AS (
  SELECT
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(error_category HAVING MAX first_seen) AS error_category,
    ANY_VALUE(severity HAVING MAX first_seen) AS severity,
    ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences,
    COUNT(*) AS incidents,
    ARRAY_AGG(DISTINCT service_name ORDER BY service_name) AS services,
    IFNULL(ARRAY_AGG(DISTINCT revision IGNORE NULLS ORDER BY revision), []) AS revisions,
    ANY_VALUE(incident_id HAVING MAX first_seen) AS example_id,
    SUM(IF(is_later, occurrences, 0)) AS occurrences_later,
    LOGICAL_OR(is_regression) AS is_regressed
  FROM judged
  GROUP BY fingerprint
)

SELECT
  totals.* EXCEPT (occurrences_later, is_regressed),
  IFNULL(trends.occurrences_24h, 0) AS occurrences_24h,
  IFNULL(trends.hourly, []) AS hourly,
  CASE
    WHEN states.state = 'resolved' AND totals.is_regressed THEN 'regressed'
    WHEN states.state = 'muted' AND IFNULL(states.until <= CURRENT_TIMESTAMP(), FALSE) THEN 'open'
    WHEN states.state = 'muted'
      AND states.until_count IS NOT NULL
      AND (
        totals.occurrences_later > states.until_count
        OR states.said_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY)
      )
      THEN 'open'
    ELSE IFNULL(states.state, 'open')
  END AS state,
  states.owner,
  states.said_at AS state_since,
  states.note
FROM totals
LEFT JOIN trends USING (fingerprint)
LEFT JOIN `${dataset}`.error_group_states AS states USING (fingerprint)
