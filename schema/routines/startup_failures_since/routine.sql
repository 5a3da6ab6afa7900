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
  FROM `${dataset}`.counted_since(days, TRUE)
  WHERE is_startup
  GROUP BY service_name, revision, fingerprint
),

-- An answer of an older revision ends nothing: a revision that cannot start gets no traffic, and the old one serves on.
judged AS (
  SELECT
    failures.*,
    answers.revision AS answering_revision,
    answers.last_answer,
    answers.last_answer > failures.last_seen AS is_answered,
    answers.last_answer > failures.last_seen
      AND (
        failures.revision IS NULL
        OR answers.revision = failures.revision
        OR answers.first_answer > failures.first_seen
      ) AS is_over,
    IF(answers.first_answer > failures.first_seen, answers.first_answer, answers.last_answer) AS answered_at
  FROM failures
  LEFT JOIN `${dataset}`.answers_since(run_days) AS answers ON answers.service_name = failures.service_name
)

SELECT
  service_name,
  revision,
  fingerprint,
  ANY_VALUE(error_type) AS error_type,
  ANY_VALUE(error_message) AS error_message,
  ANY_VALUE(culprit) AS culprit,
  ANY_VALUE(severity) AS severity,
  ANY_VALUE(example_id) AS example_id,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen,
  MAX(occurrences) AS occurrences,
  ANY_VALUE(IF(error_type = 'ModuleNotFoundError', error_message, error_type || ': ' || error_message)) AS cause,
  ANY_VALUE(REGEXP_EXTRACT(error_message, r"No module named '([^']+)'")) AS missing_module,
  ANY_VALUE(answering_revision HAVING MAX last_answer) AS last_good_revision,
  MAX(last_answer) AS last_answer,
  MIN(IF(is_over, answered_at, NULL)) AS recovered_at,
  NOT IFNULL(LOGICAL_OR(is_over), FALSE) AS is_ongoing,
  IFNULL(LOGICAL_OR(is_answered), FALSE) AND NOT IFNULL(LOGICAL_OR(is_over), FALSE) AS is_served_by_another
FROM judged
GROUP BY service_name, revision, fingerprint
