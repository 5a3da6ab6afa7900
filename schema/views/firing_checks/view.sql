-- What was found of a run is true until it came after all, and fires for one window more.
WITH checked AS (
  SELECT
    settings.rule,
    checks.service_name,
    checks.run_name,
    checks.expected_at,
    checks.until,
    checks.reason,
    checks.severity,
    checks.owner,
    checks.runbook,
    settings.threshold,
    settings.window_minutes * 60000000 AS window_us,
    IFNULL(checks.until, CURRENT_TIMESTAMP())
    > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL settings.window_minutes MINUTE) AS is_current
  FROM `${dataset}`.run_checks_since(35) AS checks
  INNER JOIN `${dataset}`.manifest_runs AS manifest
    ON manifest.service_name = checks.service_name AND manifest.run_name = checks.run_name
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = manifest.settings_of
    AND settings.rule
    = CASE checks.check_name WHEN 'MISSING' THEN 'missing_run' WHEN 'STALLED' THEN 'stalled_run' ELSE 'run_gap' END
  WHERE checks.check_name != 'GAP'
    OR UNIX_SECONDS(IFNULL(checks.until, CURRENT_TIMESTAMP())) - UNIX_SECONDS(checks.expected_at) > settings.threshold * 60
),

found AS (
  SELECT
    rule,
    service_name,
    run_name,
    MIN(expected_at) AS first_seen,
    MAX(IFNULL(until, expected_at)) AS last_seen,
    COUNT(*) AS occurrences,
    ANY_VALUE(reason HAVING MIN UNIX_MICROS(expected_at)) AS reason,
    MIN(severity) AS severity,
    MAX(owner) AS owner,
    MAX(runbook) AS runbook,
    IF(LOGICAL_OR(until IS NULL), NULL, UNIX_MICROS(MAX(until))) AS evident_us,
    IF(is_current, NULL, UNIX_MICROS(MAX(until)) + MAX(window_us)) AS ended_us
  FROM checked
  GROUP BY rule, service_name, run_name, is_current
  -- Of what is over it is known that it fired only where one was enough.
  HAVING IF(is_current, COUNT(*) > MAX(IF(rule = 'run_gap', 0, threshold)), rule != 'run_gap' AND MAX(threshold) < 1)
)

SELECT
  rule,
  service_name,
  run_name AS subject,
  IF(rule = 'run_gap', severity, NULL) AS severity,
  CONCAT(
    service_name,
    CASE rule WHEN 'missing_run' THEN ': missing run of ' WHEN 'stalled_run' THEN ': stalled run of ' ELSE ': late start of ' END,
    run_name,
    ': ',
    reason,
    IF(occurrences > 1, CONCAT('; ', CAST(occurrences AS STRING), ' times'), '')
  ) AS title,
  reason,
  first_seen,
  last_seen,
  occurrences,
  evident_us,
  ended_us,
  owner,
  runbook
FROM found
