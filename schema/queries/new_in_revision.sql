-- Which groups came with a revision: seen in it, and before it in no other of its service?
-- Without a revision it is the one of each service that failed first last.
-- @service STRING =
-- @revision STRING =
WITH by_revision AS (
  SELECT
    service_name,
    revision,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX first_seen) AS error_type,
    ANY_VALUE(error_message HAVING MAX first_seen) AS error_message,
    ANY_VALUE(culprit HAVING MAX first_seen) AS culprit,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM incidents
  WHERE revision IS NOT NULL AND @service IN ('', service_name)
  GROUP BY service_name, revision, fingerprint
),

placed AS (
  SELECT
    *,
    MIN(first_seen) OVER (PARTITION BY service_name, fingerprint) AS ever_first_seen,
    MIN(first_seen) OVER (PARTITION BY service_name, revision) AS revision_since
  FROM by_revision
),

newest AS (
  SELECT *, MAX(revision_since) OVER (PARTITION BY service_name) AS newest_since
  FROM placed
)

SELECT service_name, revision, fingerprint, error_type, error_message, culprit, first_seen, last_seen, occurrences
FROM newest
WHERE first_seen = ever_first_seen
  AND (revision = @revision OR (@revision = '' AND revision_since = newest_since))
ORDER BY service_name, first_seen, fingerprint, revision
