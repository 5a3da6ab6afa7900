-- Silence lies between two signs of life, or between the last one and now, and fires until one window after its end. Of a
-- service that was never seen, the time since which it is expected stands for a sign. Of one that gives no other sign of
-- life than its errors, silence is good news.
WITH signs AS (
  SELECT
    service_name,
    DIV(UNIX_MICROS(run_timestamp), 60000000) AS minute,
    MIN(run_timestamp) AS first_at,
    MAX(run_timestamp) AS last_at,
    TRUE AS is_run
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 35 DAY)
    AND NOT STARTS_WITH(run_name, 'heartbeat:')
  GROUP BY service_name, minute
  UNION ALL
  SELECT
    service_name,
    DIV(UNIX_MICROS(error_timestamp), 60000000) AS minute,
    MIN(error_timestamp),
    MAX(error_timestamp),
    FALSE
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
  GROUP BY service_name, minute
  UNION ALL
  SELECT service_name, NULL, MIN(known_since), MIN(known_since), CAST(NULL AS BOOL)
  FROM `${dataset}`.manifest_runs
  GROUP BY service_name
),

watched AS (
  SELECT
    signs.service_name,
    MAX(settings.service_name) AS settings_of,
    LOGICAL_OR(signs.is_run IS NOT NULL) AS was_seen
  FROM signs
  LEFT JOIN (SELECT DISTINCT service_name FROM `${dataset}`.alert_settings) AS settings
    ON settings.service_name = signs.service_name
  GROUP BY signs.service_name
  HAVING LOGICAL_OR(signs.is_run IS NULL)
    OR MAX(IF(signs.is_run, signs.last_at, NULL)) >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
),

gaps AS (
  SELECT
    service_name,
    last_at AS last_sign,
    LEAD(first_at) OVER (PARTITION BY service_name ORDER BY first_at, last_at) AS next_sign
  FROM signs
),

silent AS (
  SELECT
    gaps.service_name,
    watched.was_seen,
    settings.threshold,
    MAX(gaps.last_sign) AS last_sign,
    LOGICAL_OR(gaps.next_sign IS NULL) AS goes_on,
    MAX(gaps.next_sign) AS next_sign
  FROM gaps
  INNER JOIN watched ON watched.service_name = gaps.service_name
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = IFNULL(watched.settings_of, '*') AND settings.rule = 'stale_service'
  WHERE UNIX_SECONDS(IFNULL(gaps.next_sign, CURRENT_TIMESTAMP())) - UNIX_SECONDS(gaps.last_sign) > settings.threshold * 3600
    AND IFNULL(gaps.next_sign, CURRENT_TIMESTAMP())
    > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL settings.window_minutes MINUTE)
  GROUP BY gaps.service_name, watched.was_seen, settings.threshold
)

SELECT
  'stale_service' AS rule,
  service_name,
  'silence' AS subject,
  CAST(NULL AS STRING) AS severity,
  CONCAT(
    service_name,
    CASE
      WHEN was_seen THEN ' is silent since '
      WHEN last_sign < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 35 DAY) THEN ' was not seen in 35 days, though expected since '
      ELSE ' was never seen, though expected since '
    END,
    FORMAT_TIMESTAMP('%m-%d %H:%M', last_sign)
  ) AS title,
  CONCAT('no sign of life for more than ', CAST(CAST(ROUND(threshold) AS INT64) AS STRING), ' hours') AS reason,
  last_sign AS first_seen,
  IFNULL(next_sign, last_sign) AS last_seen,
  1 AS occurrences,
  IF(goes_on, NULL, UNIX_MICROS(next_sign)) AS evident_us,
  CAST(NULL AS INT64) AS ended_us,
  CAST(NULL AS STRING) AS owner,
  CAST(NULL AS STRING) AS runbook
FROM silent
