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
    ANY_VALUE(incident_id HAVING MAX first_seen) AS example_id
  FROM `${dataset}`.incidents_since(90)
  GROUP BY fingerprint
)

SELECT
  totals.*,
  IFNULL(trends.occurrences_24h, 0) AS occurrences_24h,
  IFNULL(trends.hourly, []) AS hourly
FROM totals
LEFT JOIN trends USING (fingerprint)
