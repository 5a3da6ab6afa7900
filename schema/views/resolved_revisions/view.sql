-- Cloud Run counts revisions: orders-00031-dux comes after orders-00030-hiv. One that is named otherwise is known by its
-- whole name.
WITH named AS (
  SELECT fingerprint, revision
  FROM `${dataset}`.error_group_states
  CROSS JOIN UNNEST(revisions) AS revision
  WHERE state = 'resolved'
)

SELECT
  fingerprint,
  IFNULL(REGEXP_EXTRACT(revision, r'^(.*)-[0-9]{5}-[a-z]{3}'), revision) AS stem,
  MAX(IFNULL(REGEXP_EXTRACT(revision, r'-([0-9]{5})-[a-z]{3}'), '')) AS last_number
FROM named
GROUP BY fingerprint, stem
