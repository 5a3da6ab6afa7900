-- A run without data counts on a day with work; so does a time at which nothing came, before the next one at least. What
-- came late for its key has data of its own.
WITH times AS (
  SELECT
    service_name,
    run_name,
    expected_at,
    LEAD(expected_at) OVER (PARTITION BY service_name, run_name ORDER BY expected_at) AS next_at
  FROM `${dataset}`.expected_times(35)
),

missed AS (
  SELECT checks.service_name, checks.run_name, checks.expected_at AS told_at
  FROM `${dataset}`.run_checks_since(35) AS checks
  INNER JOIN `${dataset}`.manifest_runs AS manifest
    ON manifest.service_name = checks.service_name AND manifest.run_name = checks.run_name
  INNER JOIN times
    ON times.service_name = checks.service_name
    AND times.run_name = checks.run_name
    AND times.expected_at = checks.expected_at
  WHERE checks.check_name = 'MISSING'
    AND (
      checks.until IS NULL
      OR (
        checks.run_key IS NULL
        AND checks.until >= TIMESTAMP_SUB(times.next_at, INTERVAL manifest.grace_minutes MINUTE)
      )
    )
  GROUP BY checks.service_name, checks.run_name, checks.run_key, checks.expected_at
),

events AS (
  SELECT service_name, run_name, ended_at AS told_at, status != 'no_data' AS has_data, FALSE AS is_missed
  FROM `${dataset}`.runs_since(35)
  WHERE status IN ('succeeded', 'partial', 'no_data')
  UNION ALL
  SELECT service_name, run_name, told_at, FALSE, TRUE
  FROM missed
),

judged AS (
  SELECT
    events.service_name,
    events.run_name,
    events.told_at,
    events.is_missed,
    events.has_data,
    events.is_missed OR work.date IS NOT NULL AS has_work,
    settings.threshold,
    manifest.owner,
    manifest.runbook,
    TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL settings.window_minutes MINUTE) AS window_start
  FROM events
  INNER JOIN `${dataset}`.manifest_runs AS manifest
    ON manifest.service_name = events.service_name AND manifest.run_name = events.run_name
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = manifest.settings_of AND settings.rule = 'no_data_streak'
  LEFT JOIN `${dataset}`.days_with_work(35) AS work
    ON work.service_name = events.service_name
    AND work.run_name = events.run_name
    AND work.date = CAST(DATE(events.told_at, manifest.time_zone) AS STRING)
),

-- A streak lies between the last data before the window and the first within it, or now.
filled AS (
  SELECT
    *,
    MAX(IF(has_data AND told_at <= window_start, told_at, NULL)) OVER same AS last_data,
    MIN(IF(has_data AND told_at > window_start, told_at, NULL)) OVER same AS next_data
  FROM judged
  WINDOW same AS (PARTITION BY service_name, run_name)
),

streaks AS (
  SELECT
    service_name,
    run_name,
    COUNT(*) AS runs,
    COUNTIF(is_missed) AS missed,
    MIN(told_at) AS first_seen,
    MAX(told_at) AS last_seen,
    MAX(last_data) AS last_data,
    MAX(next_data) AS next_data,
    MAX(owner) AS owner,
    MAX(runbook) AS runbook
  FROM filled
  WHERE NOT has_data
    AND has_work
    AND IFNULL(told_at > last_data, TRUE)
    AND IFNULL(told_at < next_data, TRUE)
  GROUP BY service_name, run_name
  HAVING COUNT(*) >= MAX(threshold)
)

SELECT
  'no_data_streak' AS rule,
  service_name,
  run_name AS subject,
  CAST(NULL AS STRING) AS severity,
  CONCAT(
    service_name, ': no data of ', run_name, ' for ', CAST(runs AS STRING), ' runs, since ',
    FORMAT_TIMESTAMP('%m-%d %H:%M', first_seen), IF(missed > 0, CONCAT('; ', CAST(missed AS STRING), ' of them did not come'), '')
  ) AS title,
  CONCAT(
    'runs on days with work; last data ', IFNULL(FORMAT_TIMESTAMP('%m-%d %H:%M', last_data), 'more than 35 days ago, or never')
  ) AS reason,
  first_seen,
  last_seen,
  runs AS occurrences,
  IF(next_data IS NULL, NULL, UNIX_MICROS(last_seen)) AS evident_us,
  CAST(NULL AS INT64) AS ended_us,
  owner,
  runbook
FROM streaks
