-- A service that cannot start fires until something answers, or someone resolves the group. An answer of an older revision
-- ends nothing, as in startup_failures_since.
WITH errors AS (
  SELECT *
  FROM `${dataset}`.firing_services
),

failures AS (
  SELECT
    errors.service_name,
    errors.fingerprint,
    one.revision,
    MIN(one.first_seen) AS first_seen,
    MAX(one.last_seen) AS last_seen,
    SUM(one.occurrences) AS occurrences
  FROM errors
  CROSS JOIN UNNEST(errors.starts) AS one
  GROUP BY errors.service_name, errors.fingerprint, one.revision
),

judged AS (
  SELECT
    failures.service_name,
    failures.fingerprint,
    failures.revision,
    failures.first_seen,
    failures.last_seen,
    failures.occurrences,
    ANY_VALUE(answers.revision HAVING MAX answers.last_answer) AS last_good_revision,
    IFNULL(LOGICAL_OR(answers.last_answer > failures.last_seen), FALSE) AS is_served_by_another,
    MIN(
      IF(
        answers.last_answer > failures.last_seen
          AND (
            failures.revision IS NULL
            OR answers.revision = failures.revision
            OR answers.first_answer > failures.first_seen
          ),
        GREATEST(answers.first_answer, failures.last_seen),
        NULL
      )
    ) AS answered_at
  FROM failures
  LEFT JOIN `${dataset}`.answers_since(30) AS answers ON answers.service_name = failures.service_name
  GROUP BY
    failures.service_name, failures.fingerprint, failures.revision, failures.first_seen, failures.last_seen,
    failures.occurrences
),

-- A revision that cannot start counts before those that could not, and are over.
settled AS (
  SELECT
    judged.*,
    IF(states.state = 'resolved' AND states.said_at >= judged.last_seen, states.said_at, judged.answered_at) AS ended_at
  FROM judged
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = judged.fingerprint
  WHERE TRUE
  QUALIFY ended_at IS NULL OR LOGICAL_AND(ended_at IS NOT NULL) OVER (PARTITION BY judged.service_name, judged.fingerprint)
),

down AS (
  SELECT
    service_name,
    fingerprint,
    STRUCT(
      MAX(revision) AS revision,
      MAX(IFNULL(REGEXP_EXTRACT(revision, r'-([0-9]{5})-'), revision)) AS failing,
      MAX(IFNULL(REGEXP_EXTRACT(last_good_revision, r'-([0-9]{5})-'), last_good_revision)) AS last_good,
      LOGICAL_OR(is_served_by_another) AS is_served_by_another,
      MIN(first_seen) AS first_seen,
      MAX(last_seen) AS last_seen,
      SUM(occurrences) AS occurrences,
      UNIX_MICROS(MAX(ended_at)) AS ended_us
    ) AS start
  FROM settled
  GROUP BY service_name, fingerprint
)

SELECT errors.* EXCEPT (starts), down.start
FROM errors
LEFT JOIN down ON down.service_name = errors.service_name AND down.fingerprint = errors.fingerprint
