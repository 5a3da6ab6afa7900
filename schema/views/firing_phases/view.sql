-- A phase fails while so many of its runs failed within the window and none that ended in it was good.
WITH runs AS (
  SELECT
    runs.service_name,
    runs.run_name,
    IFNULL(runs.phase, manifest.phase) AS phase,
    runs.status IN ('failed', 'timed_out') AS is_failed,
    runs.status IN ('succeeded', 'partial', 'no_data', 'answered') AS is_good,
    runs.run_timestamp,
    IFNULL(named.service_name, '*') AS settings_of
  FROM `${dataset}`.runs_since(8) AS runs
  LEFT JOIN `${dataset}`.manifest_runs AS manifest
    ON manifest.service_name = runs.service_name AND manifest.run_name = runs.run_name
  LEFT JOIN (SELECT DISTINCT service_name FROM `${dataset}`.alert_settings) AS named
    ON named.service_name = runs.service_name
  WHERE IFNULL(runs.phase, manifest.phase) IS NOT NULL
),

phases AS (
  SELECT
    runs.phase,
    IF(COUNT(DISTINCT runs.service_name) = 1, MIN(runs.service_name), '*') AS service_name,
    COUNT(DISTINCT runs.run_name) AS processors,
    COUNTIF(runs.is_failed) AS failures,
    MIN(runs.run_timestamp) AS first_seen,
    MAX(runs.run_timestamp) AS last_seen
  FROM runs
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = runs.settings_of AND settings.rule = 'phase_failing'
  WHERE runs.run_timestamp > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL settings.window_minutes MINUTE)
  GROUP BY runs.phase
  HAVING COUNTIF(runs.is_failed) >= MAX(settings.threshold) AND NOT LOGICAL_OR(runs.is_good)
)

SELECT
  'phase_failing' AS rule,
  service_name,
  phase AS subject,
  CAST(NULL AS STRING) AS severity,
  CONCAT(
    'phase ', phase, ' fails: ', CAST(failures AS STRING), ' failures, no success of any of its ', CAST(processors AS STRING),
    IF(processors = 1, ' run', ' runs')
  ) AS title,
  CONCAT(CAST(failures AS STRING), ' failures and no success since ', FORMAT_TIMESTAMP('%m-%d %H:%M', first_seen)) AS reason,
  first_seen,
  last_seen,
  failures AS occurrences,
  UNIX_MICROS(last_seen) AS evident_us,
  CAST(NULL AS INT64) AS ended_us,
  CAST(NULL AS STRING) AS owner,
  CAST(NULL AS STRING) AS runbook
FROM phases
