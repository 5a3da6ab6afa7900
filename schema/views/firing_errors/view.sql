-- new_error        not seen in 7 days, and seen in the last hour
-- burst            more than 10 failures of one service within 5 minutes, in the last 15 minutes
-- startup_failure  a revision could not start, and neither it nor a later one has answered since
-- An error of category no_data_available is expected: it fires nothing here.
WITH recent AS (
  SELECT
    *,
    LAG(first_seen) OVER (PARTITION BY service_name, fingerprint ORDER BY first_seen) AS seen_before,
    SUM(occurrences) OVER (
      PARTITION BY service_name
      ORDER BY UNIX_MICROS(first_seen)
      RANGE BETWEEN 300000000 PRECEDING AND CURRENT ROW
    ) AS in_5_minutes
  FROM `${dataset}`.incidents_since(8)
  WHERE error_category != 'no_data_available'
),

new_errors AS (
  SELECT
    'new_error' AS rule,
    service_name,
    fingerprint AS subject,
    fingerprint,
    ANY_VALUE(severity HAVING MAX first_seen) AS severity,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM recent
  WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)
  GROUP BY service_name, fingerprint
  HAVING LOGICAL_OR(
    recent.seen_before IS NULL OR recent.seen_before < TIMESTAMP_SUB(recent.first_seen, INTERVAL 7 DAY)
  )
),

bursts AS (
  SELECT
    service_name,
    MAX(in_5_minutes) AS peak,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(fingerprint HAVING MAX first_seen) AS fingerprint,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM recent
  WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 15 MINUTE)
  GROUP BY service_name
  HAVING MAX(in_5_minutes) > 10
),

firing AS (
  SELECT
    rule,
    service_name,
    subject,
    fingerprint,
    severity,
    service_name || ': ' || error_type || ': ' || error_message AS title,
    'not seen in 7 days' || IFNULL('; ' || culprit, '') AS reason,
    first_seen,
    last_seen,
    occurrences,
    ['startup_failure:' || service_name || ':' || fingerprint] AS symptom_of
  FROM new_errors
  UNION ALL
  SELECT
    'burst' AS rule,
    service_name,
    'all' AS subject,
    fingerprint,
    CAST(NULL AS STRING) AS severity,
    service_name || ': ' || CAST(peak AS STRING) || ' failures within 5 minutes' AS title,
    'more than 10 failures within 5 minutes; last ' || error_type || ': ' || error_message AS reason,
    first_seen,
    last_seen,
    occurrences,
    ['new_error:' || service_name || ':' || fingerprint] AS symptom_of
  FROM bursts
  UNION ALL
  SELECT
    'startup_failure' AS rule,
    service_name,
    fingerprint AS subject,
    fingerprint,
    CAST(NULL AS STRING) AS severity,
    service_name || ' cannot start since ' || IF(
        TIMESTAMP_TRUNC(MIN(first_seen), DAY) = TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY),
        FORMAT_TIMESTAMP('%H:%M', MIN(first_seen)),
        FORMAT_TIMESTAMP('%m-%d %H:%M', MIN(first_seen))
      )
      || IFNULL(' (rev ' || MAX(IFNULL(REGEXP_EXTRACT(revision, r'-([0-9]{5})-'), revision)) || ')', '')
      || ': ' || ANY_VALUE(cause HAVING MAX last_seen)
      || IFNULL(', asked for by ' || ANY_VALUE(REGEXP_EXTRACT(culprit, r'([^/ ]+:[0-9]+)') HAVING MAX last_seen), '')
      || IFNULL('; last good rev ' || MAX(IFNULL(REGEXP_EXTRACT(last_good_revision, r'-([0-9]{5})-'), last_good_revision)), '')
      AS title,
    IF(
      LOGICAL_OR(is_served_by_another),
      'an older revision still answers; ',
      'it has not answered since; '
    ) || ANY_VALUE(error_type HAVING MAX last_seen) AS reason,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences,
    CAST([] AS ARRAY<STRING>) AS symptom_of
  FROM `${dataset}`.startup_failures
  WHERE is_ongoing
  GROUP BY service_name, fingerprint
)

SELECT
  firing.*,
  CAST(NULL AS STRING) AS owner,
  CAST([] AS ARRAY<STRUCT<name STRING, url STRING>>) AS links
FROM firing
