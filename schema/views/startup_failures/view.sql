WITH failures AS (
  SELECT
    service_name,
    revision,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
    ANY_VALUE(severity HAVING MAX first_seen) AS severity,
    ANY_VALUE(incident_id HAVING MAX first_seen) AS example_id,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM `${dataset}`.incidents_since(30)
  WHERE is_startup
  GROUP BY service_name, revision, fingerprint
),

answers AS (
  SELECT
    service_name,
    MAX(run_timestamp) AS last_answer,
    ANY_VALUE(revision HAVING MAX run_timestamp) AS last_good_revision
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
    AND status IN ('answered', 'succeeded', 'partial', 'no_data')
  GROUP BY service_name
)

SELECT
  failures.*,
  IF(error_type = 'ModuleNotFoundError', error_message, error_type || ': ' || error_message) AS cause,
  REGEXP_EXTRACT(error_message, r"No module named '([^']+)'") AS missing_module,
  answers.last_good_revision,
  answers.last_answer,
  answers.last_answer IS NULL OR answers.last_answer < failures.last_seen AS is_ongoing
FROM failures
LEFT JOIN answers USING (service_name)
