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
    revision,
    MIN(run_timestamp) AS first_answer,
    MAX(run_timestamp) AS last_answer
  FROM `${dataset}`.service_runs_unique
  WHERE status IN ('answered', 'succeeded', 'partial', 'no_data')
  GROUP BY service_name, revision
),

-- An answer of an older revision ends nothing: a revision that cannot start gets no traffic, and the old one serves on.
judged AS (
  SELECT
    failures.service_name,
    failures.revision,
    failures.fingerprint,
    ANY_VALUE(answers.revision HAVING MAX answers.last_answer) AS last_good_revision,
    MAX(answers.last_answer) AS last_answer,
    LOGICAL_OR(answers.last_answer > failures.last_seen) AS is_answered,
    LOGICAL_OR(
      answers.last_answer > failures.last_seen
      AND (
        failures.revision IS NULL
        OR answers.revision = failures.revision
        OR answers.first_answer > failures.first_seen
      )
    ) AS is_over
  FROM failures
  LEFT JOIN answers ON answers.service_name = failures.service_name
  GROUP BY failures.service_name, failures.revision, failures.fingerprint
)

SELECT
  failures.*,
  IF(error_type = 'ModuleNotFoundError', error_message, error_type || ': ' || error_message) AS cause,
  REGEXP_EXTRACT(error_message, r"No module named '([^']+)'") AS missing_module,
  judged.last_good_revision,
  judged.last_answer,
  NOT IFNULL(judged.is_over, FALSE) AS is_ongoing,
  IFNULL(judged.is_answered, FALSE) AND NOT IFNULL(judged.is_over, FALSE) AS is_served_by_another
FROM failures
LEFT JOIN judged
  ON judged.service_name = failures.service_name
  AND judged.fingerprint = failures.fingerprint
  AND IFNULL(judged.revision, '') = IFNULL(failures.revision, '')
