-- What is true of runs at any moment within a rule's window. docs/views.md says when each rule fires, and of which other
-- alert it may be a symptom: what a run waits for is told, and not the run that waits.
WITH manifest AS (
  SELECT
    service_name,
    run_name,
    MAX(phase) AS phase,
    MAX(follows) AS follows,
    MAX(trigger_name) AS trigger_name,
    MAX(time_zone) AS time_zone,
    MAX(season_start) AS season_start,
    MAX(season_end) AS season_end,
    MAX(ARRAY_TO_STRING(days_off, ' ')) AS days_off,
    MIN(known_since) AS known_since,
    MAX(owner) AS owner,
    MAX(runbook) AS runbook
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name
),

runs AS (
  SELECT
    service_name,
    run_name,
    phase,
    status,
    ended_at,
    run_timestamp,
    status IN ('succeeded', 'partial', 'no_data', 'answered') AS is_good
  FROM `${dataset}`.runs_since(8)
  WHERE NOT STARTS_WITH(run_name, 'heartbeat:')
),

signs AS (
  SELECT service_name, run_timestamp AS seen_at FROM runs
  UNION ALL
  SELECT service_name, error_timestamp AS seen_at
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
  UNION ALL
  -- Of a service that was never seen, the time since which it is expected stands for the last sign.
  SELECT service_name, known_since AS seen_at FROM manifest
),

settings AS (
  SELECT
    services.service_name,
    every.rule,
    COALESCE(own.threshold, every.threshold) AS threshold,
    COALESCE(own.window_minutes, every.window_minutes) AS window_minutes,
    TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL COALESCE(own.window_minutes, every.window_minutes) MINUTE) AS window_start
  FROM (SELECT DISTINCT service_name FROM signs) AS services
  CROSS JOIN `${dataset}`.alert_settings AS every
  LEFT JOIN `${dataset}`.alert_settings AS own
    ON own.rule = every.rule AND own.service_name = services.service_name
  WHERE every.service_name = '*'
    AND every.rule IN (
      'missing_run', 'stalled_run', 'run_gap', 'stale_service', 'phase_failing', 'no_data_streak', 'trigger_missing'
    )
),

checked AS (
  SELECT
    CASE checks.check_name WHEN 'MISSING' THEN 'missing_run' WHEN 'STALLED' THEN 'stalled_run' ELSE 'run_gap' END AS rule,
    checks.service_name,
    checks.run_name,
    checks.expected_at,
    checks.until,
    checks.reason,
    checks.owner,
    checks.runbook,
    IF(
      checks.check_name = 'GAP',
      UNIX_SECONDS(IFNULL(checks.until, CURRENT_TIMESTAMP())) - UNIX_SECONDS(checks.expected_at) > settings.threshold * 60,
      TRUE
    ) AS is_long,
    checks.severity,
    settings.threshold
  FROM `${dataset}`.run_checks_since(8) AS checks
  INNER JOIN settings
    ON settings.service_name = checks.service_name
    AND settings.rule
    = CASE checks.check_name WHEN 'MISSING' THEN 'missing_run' WHEN 'STALLED' THEN 'stalled_run' ELSE 'run_gap' END
  WHERE IFNULL(checks.until, CURRENT_TIMESTAMP()) > settings.window_start
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
    MAX(runbook) AS runbook
  FROM checked
  WHERE is_long
  GROUP BY rule, service_name, run_name
  HAVING COUNT(*) > MAX(IF(rule = 'run_gap', 0, threshold))
),

-- Silence: from the last sign before the window to the first within it, or to now. Of a service that gives no other sign
-- of life than its errors, silence is good news.
alive AS (
  SELECT service_name FROM runs
  UNION DISTINCT
  SELECT service_name FROM manifest
),

silent AS (
  SELECT
    signs.service_name,
    settings.threshold,
    MAX(IF(signs.seen_at <= settings.window_start, signs.seen_at, NULL)) AS last_sign,
    MIN(IF(signs.seen_at > settings.window_start, signs.seen_at, NULL)) AS next_sign
  FROM signs
  INNER JOIN alive ON alive.service_name = signs.service_name
  INNER JOIN settings ON settings.service_name = signs.service_name AND settings.rule = 'stale_service'
  GROUP BY signs.service_name, settings.threshold
),

seen AS (
  SELECT DISTINCT service_name, TRUE AS was_seen
  FROM (
    SELECT service_name FROM runs
    UNION ALL
    SELECT service_name
    FROM `${dataset}`.service_errors
    WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
  ) AS any_sign
),

-- A phase fails while so many of its runs failed within the window and none that ended in it was good.
phases AS (
  SELECT
    IFNULL(runs.phase, manifest.phase) AS phase,
    MIN(runs.service_name) AS service_name,
    COUNT(DISTINCT runs.service_name) AS services,
    COUNT(DISTINCT runs.run_name) AS processors,
    COUNTIF(runs.status IN ('failed', 'timed_out')) AS failures,
    LOGICAL_OR(runs.is_good) AS has_success,
    MAX(settings.threshold) AS threshold,
    MIN(runs.run_timestamp) AS first_seen,
    MAX(runs.run_timestamp) AS last_seen
  FROM runs
  LEFT JOIN manifest ON manifest.service_name = runs.service_name AND manifest.run_name = runs.run_name
  INNER JOIN settings ON settings.service_name = runs.service_name AND settings.rule = 'phase_failing'
  WHERE runs.run_timestamp > settings.window_start AND IFNULL(runs.phase, manifest.phase) IS NOT NULL
  GROUP BY IFNULL(runs.phase, manifest.phase)
),

-- Runs that ended, on days with work.
ended AS (
  SELECT
    runs.service_name,
    runs.run_name,
    runs.run_id,
    runs.status,
    runs.ended_at,
    settings.threshold,
    settings.window_start,
    runs.status = 'no_data'
      AND STRPOS(IFNULL(manifest.days_off, ''), CAST(DATE(runs.ended_at, manifest.time_zone) AS STRING)) = 0
      AND CONCAT(' ', IFNULL(manifest.days_off, ''), ' ')
      NOT LIKE CONCAT('% ', SUBSTR(CAST(DATE(runs.ended_at, manifest.time_zone) AS STRING), 6), ' %')
      AND CASE
        WHEN manifest.season_start IS NULL OR manifest.season_end IS NULL THEN TRUE
        WHEN manifest.season_start <= manifest.season_end
          THEN SUBSTR(CAST(DATE(runs.ended_at, manifest.time_zone) AS STRING), 6)
            BETWEEN manifest.season_start AND manifest.season_end
        ELSE SUBSTR(CAST(DATE(runs.ended_at, manifest.time_zone) AS STRING), 6) >= manifest.season_start
          OR SUBSTR(CAST(DATE(runs.ended_at, manifest.time_zone) AS STRING), 6) <= manifest.season_end
      END AS is_empty
  FROM `${dataset}`.runs_since(35) AS runs
  INNER JOIN manifest ON manifest.service_name = runs.service_name AND manifest.run_name = runs.run_name
  INNER JOIN settings ON settings.service_name = runs.service_name AND settings.rule = 'no_data_streak'
  WHERE runs.status IN ('succeeded', 'partial', 'no_data')
),

filled AS (
  SELECT
    *,
    MAX(IF(status != 'no_data' AND ended_at <= window_start, ended_at, NULL)) OVER same AS last_data,
    MIN(IF(status != 'no_data' AND ended_at > window_start, ended_at, NULL)) OVER same AS next_data
  FROM ended
  WINDOW same AS (PARTITION BY service_name, run_name)
),

streaks AS (
  SELECT
    service_name,
    run_name,
    COUNT(*) AS runs,
    MIN(ended_at) AS first_seen,
    MAX(ended_at) AS last_seen,
    MAX(last_data) AS last_data
  FROM filled
  WHERE is_empty
    AND IFNULL(ended_at > last_data, TRUE)
    AND IFNULL(ended_at < next_data, TRUE)
  GROUP BY service_name, run_name
  HAVING COUNT(*) >= MAX(threshold)
),

lists AS (
  SELECT load_id, kind, MAX(seen_at) AS listed_at
  FROM `${dataset}`.triggers_seen
  WHERE seen_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
  GROUP BY load_id, kind
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
),

newest AS (
  SELECT kind, MAX(listed_at) AS listed_at, ANY_VALUE(load_id HAVING MAX CONCAT(CAST(UNIX_MICROS(listed_at) AS STRING), load_id)) AS load_id
  FROM lists
  GROUP BY kind
),

triggers AS (
  SELECT seen.trigger_name, MAX(seen.state) AS state
  FROM `${dataset}`.triggers_seen AS seen
  INNER JOIN newest ON newest.load_id = seen.load_id AND newest.kind = seen.kind
  WHERE seen.seen_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
  GROUP BY seen.trigger_name
),

untriggered AS (
  SELECT
    manifest.service_name,
    manifest.trigger_name,
    MAX(triggers.state) AS state,
    MAX(newest.listed_at) AS listed_at,
    ARRAY_TO_STRING(ARRAY_AGG(DISTINCT manifest.run_name ORDER BY manifest.run_name), ', ') AS runs,
    MAX(manifest.owner) AS owner,
    MAX(manifest.runbook) AS runbook
  FROM manifest
  INNER JOIN newest ON newest.kind = IF(STRPOS(manifest.trigger_name, '/jobs/') > 0, 'scheduler', 'subscription')
  LEFT JOIN triggers ON triggers.trigger_name = manifest.trigger_name
  WHERE triggers.trigger_name IS NULL OR triggers.state IN ('PAUSED', 'DISABLED', 'RESOURCE_ERROR')
  GROUP BY manifest.service_name, manifest.trigger_name
),

causes AS (
  SELECT
    service_name,
    run_name,
    ARRAY_CONCAT(
      ARRAY_AGG(CONCAT('startup_failure:', upstream_service) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('trigger_missing:', upstream_service) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('missing_run:', upstream_service, ':', upstream_run) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('stalled_run:', upstream_service, ':', upstream_run) ORDER BY upstream_service, upstream_run)
    ) AS symptom_of
  FROM `${dataset}`.upstream_runs
  GROUP BY service_name, run_name
),

firing AS (
  SELECT
    found.rule,
    found.service_name,
    found.run_name AS subject,
    IF(found.rule = 'run_gap', found.severity, CAST(NULL AS STRING)) AS severity,
    CONCAT(
      found.service_name,
      CASE found.rule WHEN 'missing_run' THEN ': missing run of ' WHEN 'stalled_run' THEN ': stalled run of ' ELSE ': late start of ' END,
      found.run_name,
      ': ',
      found.reason,
      IF(found.occurrences > 1, CONCAT('; ', CAST(found.occurrences AS STRING), ' times'), '')
    ) AS title,
    found.reason,
    found.first_seen,
    found.last_seen,
    found.occurrences,
    ARRAY_CONCAT(
      [CONCAT('startup_failure:', found.service_name), CONCAT('trigger_missing:', found.service_name)],
      IF(found.rule = 'run_gap', [CONCAT('missing_run:', found.service_name, ':', found.run_name)], []),
      IF(causes.run_name IS NULL, [], causes.symptom_of)
    ) AS symptom_of,
    found.owner,
    found.runbook
  FROM found
  LEFT JOIN causes ON causes.service_name = found.service_name AND causes.run_name = found.run_name
  UNION ALL
  SELECT
    'stale_service',
    silent.service_name,
    'silence',
    NULL,
    CONCAT(
      silent.service_name,
      IF(seen.was_seen, ' is silent since ', ' was never seen, though expected since '),
      FORMAT_TIMESTAMP('%m-%d %H:%M', silent.last_sign)
    ),
    CONCAT('no sign of life for more than ', CAST(CAST(ROUND(silent.threshold) AS INT64) AS STRING), ' hours'),
    silent.last_sign,
    IFNULL(silent.next_sign, silent.last_sign),
    1,
    [
      CONCAT('startup_failure:', silent.service_name),
      CONCAT('trigger_missing:', silent.service_name),
      CONCAT('missing_run:', silent.service_name),
      CONCAT('stalled_run:', silent.service_name)
    ],
    NULL,
    NULL
  FROM silent
  LEFT JOIN seen ON seen.service_name = silent.service_name
  WHERE UNIX_SECONDS(IFNULL(silent.next_sign, CURRENT_TIMESTAMP())) - UNIX_SECONDS(silent.last_sign) > silent.threshold * 3600
  UNION ALL
  SELECT
    'phase_failing',
    IF(services = 1, service_name, '*'),
    phase,
    NULL,
    CONCAT('phase ', phase, ' fails: ', CAST(failures AS STRING), ' failures, no success of any of its ', CAST(processors AS STRING), IF(processors = 1, ' run', ' runs')),
    CONCAT(CAST(failures AS STRING), ' failures and no success since ', FORMAT_TIMESTAMP('%m-%d %H:%M', first_seen)),
    first_seen,
    last_seen,
    failures,
    IF(services = 1, [CONCAT('startup_failure:', service_name)], []),
    NULL,
    NULL
  FROM phases
  WHERE failures >= threshold AND NOT has_success
  UNION ALL
  SELECT
    'no_data_streak',
    streaks.service_name,
    streaks.run_name,
    NULL,
    CONCAT(
      streaks.service_name, ': no data of ', streaks.run_name, ' for ', CAST(streaks.runs AS STRING), ' runs, since ',
      FORMAT_TIMESTAMP('%m-%d %H:%M', streaks.first_seen)
    ),
    CONCAT('runs on days with work; last data ', IFNULL(FORMAT_TIMESTAMP('%m-%d %H:%M', streaks.last_data), 'more than 35 days ago, or never')),
    streaks.first_seen,
    streaks.last_seen,
    streaks.runs,
    IF(causes.run_name IS NULL, [], causes.symptom_of),
    manifest.owner,
    manifest.runbook
  FROM streaks
  INNER JOIN manifest ON manifest.service_name = streaks.service_name AND manifest.run_name = streaks.run_name
  LEFT JOIN causes ON causes.service_name = streaks.service_name AND causes.run_name = streaks.run_name
  UNION ALL
  SELECT
    'trigger_missing',
    service_name,
    trigger_name,
    NULL,
    CONCAT(service_name, IF(state IS NULL, ': its trigger no longer exists: ', ': its trigger is paused: '), trigger_name),
    CONCAT('nothing starts ', runs, '; list of ', FORMAT_TIMESTAMP('%m-%d %H:%M', listed_at), IFNULL(CONCAT(', state ', state), '')),
    listed_at,
    listed_at,
    1,
    CAST([] AS ARRAY<STRING>),
    owner,
    runbook
  FROM untriggered
)

SELECT
  firing.rule,
  firing.service_name,
  firing.subject,
  CAST(NULL AS STRING) AS fingerprint,
  firing.severity,
  firing.title,
  firing.reason,
  firing.first_seen,
  firing.last_seen,
  firing.occurrences,
  firing.symptom_of,
  firing.owner,
  IF(firing.runbook IS NULL, [], [STRUCT('runbook' AS name, firing.runbook AS url)]) AS links
FROM firing
