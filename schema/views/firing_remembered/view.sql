-- A service that is no longer called writes nothing, and its last failure to start grows older than the errors that alerts
-- read. What was told of it stands for it: its alert lasts until something answers, or someone resolves or mutes the group.
WITH noted AS (
  SELECT service_name, fingerprint, revision, title, first_seen, last_seen, occurrences, kind
  FROM `${dataset}`.alert_log
  WHERE sent_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
    AND rule = 'startup_failure'
    AND fingerprint IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_key ORDER BY sent_at DESC, notice_id) = 1
)

SELECT
  noted.service_name,
  noted.fingerprint,
  noted.revision,
  noted.title,
  noted.first_seen,
  noted.last_seen,
  noted.occurrences
FROM noted
LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = noted.fingerprint
LEFT JOIN `${dataset}`.answers_since(30) AS answers ON answers.service_name = noted.service_name
WHERE noted.kind != 'cleared'
  AND NOT IFNULL(states.state = 'resolved' AND states.said_at >= noted.last_seen, FALSE)
  AND NOT IFNULL(states.state = 'muted' AND IFNULL(states.until > CURRENT_TIMESTAMP(), TRUE), FALSE)
GROUP BY
  noted.service_name, noted.fingerprint, noted.revision, noted.title, noted.first_seen, noted.last_seen, noted.occurrences
HAVING NOT IFNULL(
  LOGICAL_OR(
    answers.last_answer > noted.last_seen
    AND (noted.revision IS NULL OR answers.revision = noted.revision OR answers.first_answer > noted.first_seen)
  ),
  FALSE
)
