-- A list that is not whole does not count. The list before the newest says what is over since.
WITH lists AS (
  SELECT load_id, kind, MAX(seen_at) AS listed_at
  FROM `${dataset}`.triggers_seen
  WHERE seen_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
  GROUP BY load_id, kind
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
),

newest AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY listed_at DESC, load_id DESC) AS place
  FROM lists
),

listed AS (
  SELECT load_id, kind, trigger_name, MAX(state) AS state
  FROM `${dataset}`.triggers_seen
  WHERE seen_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
  GROUP BY load_id, kind, trigger_name
),

judged AS (
  SELECT
    manifest.service_name,
    manifest.trigger_name,
    manifest.run_name,
    manifest.owner,
    manifest.runbook,
    newest.place = 1 AS is_newest,
    newest.listed_at,
    listed.state,
    listed.trigger_name IS NULL OR IFNULL(listed.state IN ('PAUSED', 'DISABLED', 'RESOURCE_ERROR'), FALSE) AS is_missing
  FROM `${dataset}`.manifest_runs AS manifest
  INNER JOIN newest
    ON newest.kind = IF(STRPOS(manifest.trigger_name, '/jobs/') > 0, 'scheduler', 'subscription') AND newest.place <= 2
  LEFT JOIN listed
    ON listed.load_id = newest.load_id AND listed.kind = newest.kind AND listed.trigger_name = manifest.trigger_name
  WHERE manifest.trigger_name IS NOT NULL
),

untriggered AS (
  SELECT
    service_name,
    trigger_name,
    LOGICAL_OR(is_newest AND is_missing) AS is_still_missing,
    MAX(IF(is_newest, state, NULL)) AS state,
    MAX(IF(is_newest, listed_at, NULL)) AS listed_at,
    ARRAY_TO_STRING(ARRAY_AGG(DISTINCT run_name ORDER BY run_name), ', ') AS runs,
    MAX(owner) AS owner,
    MAX(runbook) AS runbook
  FROM judged
  GROUP BY service_name, trigger_name
  HAVING LOGICAL_OR(is_missing)
)

SELECT
  'trigger_missing' AS rule,
  service_name,
  trigger_name AS subject,
  CAST(NULL AS STRING) AS severity,
  CONCAT(service_name, IF(state IS NULL, ': its trigger no longer exists: ', ': its trigger is paused: '), trigger_name) AS title,
  CONCAT('nothing starts ', runs, '; list of ', FORMAT_TIMESTAMP('%m-%d %H:%M', listed_at), IFNULL(CONCAT(', state ', state), '')) AS reason,
  listed_at AS first_seen,
  listed_at AS last_seen,
  1 AS occurrences,
  CAST(NULL AS INT64) AS evident_us,
  IF(is_still_missing, NULL, UNIX_MICROS(listed_at)) AS ended_us,
  owner,
  runbook
FROM untriggered
