-- What is true of the chain itself at any moment within a rule's window; of a route, since it last took something.
WITH settings AS (
  SELECT
    rule,
    threshold,
    window_minutes,
    TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL window_minutes MINUTE) AS window_start
  FROM `${dataset}`.alert_settings
  WHERE service_name = '*' AND rule IN ('sink_silent', 'rejects', 'route_failing')
),

-- A heartbeat that came the whole way. Where none ever did, whatever arrives: where that was so on most days, a day without
-- is silence. By the minute.
arrived AS (
  SELECT DIV(UNIX_MICROS(run_timestamp), 60000000) AS minute, TRUE AS is_heartbeat, MIN(run_timestamp) AS first_at, MAX(run_timestamp) AS last_at
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
    AND run_name = 'heartbeat:svcerrors-sink'
  GROUP BY minute
  UNION ALL
  SELECT DIV(UNIX_MICROS(run_timestamp), 60000000) AS minute, FALSE, MIN(run_timestamp), MAX(run_timestamp)
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
  GROUP BY minute
  UNION ALL
  SELECT DIV(UNIX_MICROS(error_timestamp), 60000000) AS minute, FALSE, MIN(error_timestamp), MAX(error_timestamp)
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
  GROUP BY minute
),

gaps AS (
  SELECT
    is_heartbeat,
    last_at AS last_sign,
    LEAD(first_at) OVER (PARTITION BY is_heartbeat ORDER BY first_at, last_at) AS next_sign,
    LOGICAL_OR(is_heartbeat) OVER () AS has_heartbeats
  FROM arrived
),

days AS (
  SELECT COUNT(DISTINCT DIV(minute, 1440)) AS days
  FROM arrived
),

-- Silence that ended within the window, or goes on.
silent AS (
  SELECT
    gaps.is_heartbeat,
    settings.threshold,
    MAX(gaps.last_sign) AS last_sign,
    MAX(gaps.next_sign) AS next_sign
  FROM gaps
  CROSS JOIN days
  INNER JOIN settings ON settings.rule = 'sink_silent'
  WHERE IFNULL(gaps.next_sign, CURRENT_TIMESTAMP()) > settings.window_start
    AND UNIX_SECONDS(IFNULL(gaps.next_sign, CURRENT_TIMESTAMP())) - UNIX_SECONDS(gaps.last_sign)
    > IF(gaps.is_heartbeat, settings.threshold * 60, 86400)
    AND (gaps.is_heartbeat OR (NOT gaps.has_heartbeats AND days.days >= 5 AND gaps.next_sign IS NULL))
  GROUP BY gaps.is_heartbeat, settings.threshold
),

rejected AS (
  SELECT
    MIN(rejects.rejected_at) AS first_seen,
    MAX(rejects.rejected_at) AS last_seen,
    COUNT(*) AS messages,
    ANY_VALUE(rejects.reason HAVING MAX rejects.rejected_at) AS reason,
    MAX(settings.window_minutes) AS window_minutes
  FROM `${dataset}`.service_errors_rejected AS rejects
  INNER JOIN settings ON settings.rule = 'rejects'
  WHERE rejects.rejected_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
    AND rejects.rejected_at > settings.window_start
  HAVING COUNT(*) > MAX(settings.threshold)
),

tried AS (
  SELECT
    route,
    sent_at,
    is_sent,
    failure,
    MAX(IF(is_sent, sent_at, NULL)) OVER (PARTITION BY route) AS last_taken
  FROM `${dataset}`.alert_log
  WHERE sent_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY) AND is_sent IS NOT NULL
),

failing AS (
  SELECT
    tried.route,
    MIN(tried.sent_at) AS first_seen,
    MAX(tried.sent_at) AS last_seen,
    COUNT(*) AS times,
    ANY_VALUE(tried.failure HAVING MAX tried.sent_at) AS failure
  FROM tried
  INNER JOIN settings ON settings.rule = 'route_failing'
  WHERE NOT tried.is_sent AND IFNULL(tried.sent_at > tried.last_taken, TRUE)
  GROUP BY tried.route
  HAVING COUNT(*) > MAX(settings.threshold)
),

firing AS (
  SELECT
    'sink_silent' AS rule,
    'sink' AS subject,
    IF(
      is_heartbeat,
      CONCAT('no heartbeat of the sink has arrived since ', FORMAT_TIMESTAMP('%m-%d %H:%M', last_sign), ': errors may be lost from sight'),
      CONCAT('nothing has arrived since ', FORMAT_TIMESTAMP('%m-%d %H:%M', last_sign), ', and the sink has no heartbeat')
    ) AS title,
    CONCAT('silent for more than ', CAST(CAST(ROUND(threshold) AS INT64) AS STRING), ' minutes') AS reason,
    last_sign AS first_seen,
    IFNULL(next_sign, last_sign) AS last_seen,
    1 AS occurrences
  FROM silent
  UNION ALL
  SELECT
    'rejects',
    'quarantine',
    CONCAT(CAST(messages AS STRING), IF(messages = 1, ' message', ' messages'), ' could not become rows: ', reason),
    CONCAT('in quarantine within ', CAST(window_minutes AS STRING), ' minutes; `svcerrors query rejects` lists why'),
    first_seen,
    last_seen,
    messages
  FROM rejected
  UNION ALL
  SELECT
    'route_failing',
    route,
    CONCAT('route ', route, ' takes no alerts since ', FORMAT_TIMESTAMP('%m-%d %H:%M', first_seen), ': ', IFNULL(failure, '?')),
    CONCAT(CAST(times AS STRING), IF(times = 1, ' attempt', ' attempts'), ' since it last took one'),
    first_seen,
    last_seen,
    times
  FROM failing
)

SELECT
  rule,
  '*' AS service_name,
  subject,
  CAST(NULL AS STRING) AS fingerprint,
  CAST(NULL AS STRING) AS revision,
  CAST(NULL AS STRING) AS severity,
  title,
  reason,
  first_seen,
  last_seen,
  occurrences,
  CAST([] AS ARRAY<STRING>) AS symptom_of,
  CAST(NULL AS INT64) AS evident_us,
  CAST(NULL AS INT64) AS ended_us,
  CAST(NULL AS STRING) AS owner,
  CAST([] AS ARRAY<STRUCT<name STRING, url STRING>>) AS links
FROM firing
