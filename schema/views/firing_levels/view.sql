-- What exceeded its threshold within a window at any moment of the last window: recurring and poison_message of the error,
-- burst of its service. What is told late, when its alert would have been over, is news for one window all the same, unless
-- the alert fired without it.
WITH errors AS (
  SELECT *
  FROM `${dataset}`.firing_groups
),

settings AS (
  SELECT
    rule,
    service_name,
    threshold,
    window_minutes,
    window_minutes * 60000000 AS window_us,
    UNIX_MICROS(CURRENT_TIMESTAMP()) AS now_us
  FROM `${dataset}`.alert_settings
  WHERE rule IN ('recurring', 'burst', 'poison_message')
),

recent AS (
  SELECT
    settings.rule,
    settings.threshold,
    settings.window_minutes,
    settings.window_us,
    settings.now_us,
    errors.service_name,
    IF(settings.rule = 'burst', 'all', errors.fingerprint) AS subject,
    IF(settings.rule = 'poison_message', one.event_id, '') AS event_id,
    one.at_us,
    one.told_us,
    one.occurrences,
    IF(one.told_us <= one.at_us + settings.window_us, one.occurrences, 0) AS in_time
  FROM errors
  CROSS JOIN UNNEST(errors.recent) AS one
  INNER JOIN settings ON settings.service_name = errors.settings_of
  WHERE settings.rule != 'poison_message' OR one.event_id IS NOT NULL
),

-- Each failure adds to the level of its subject, and one window later takes away what it added.
steps AS (
  SELECT
    rule, threshold, window_minutes, window_us, now_us, service_name, subject, event_id,
    at_us AS us, told_us, occurrences AS change, in_time AS change_in_time
  FROM recent
  UNION ALL
  SELECT
    rule, threshold, window_minutes, window_us, now_us, service_name, subject, event_id,
    at_us + window_us, 0, -occurrences, -in_time
  FROM recent
  WHERE at_us + window_us <= now_us
),

levels AS (
  SELECT
    *,
    SUM(change) OVER so_far AS level,
    SUM(change_in_time) OVER so_far AS level_in_time,
    IFNULL(LEAD(us) OVER same, now_us) AS until_us
  FROM steps
  WINDOW
    same AS (PARTITION BY rule, service_name, subject, event_id ORDER BY us, change DESC, told_us),
    so_far AS (same ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

exceeded AS (
  SELECT
    rule,
    service_name,
    subject,
    event_id,
    MAX(level) AS peak,
    MIN(window_minutes) AS window_minutes
  FROM levels
  WHERE level > threshold
    AND (
      until_us > now_us - window_us
      OR (level_in_time <= threshold AND told_us > now_us - window_us)
    )
  GROUP BY rule, service_name, subject, event_id
),

peaks AS (
  SELECT
    service_name,
    subject,
    MAX(IF(rule = 'recurring', peak, NULL)) AS recurring_peak,
    MAX(IF(rule = 'recurring', window_minutes, NULL)) AS recurring_minutes,
    MAX(IF(rule = 'poison_message', peak, NULL)) AS poison_peak,
    MIN(IF(rule = 'poison_message', event_id, NULL)) AS poison_event,
    COUNTIF(rule = 'poison_message') AS poison_events,
    MAX(IF(rule = 'burst', peak, NULL)) AS burst_peak,
    MAX(IF(rule = 'burst', window_minutes, NULL)) AS burst_minutes
  FROM exceeded
  GROUP BY service_name, subject
)

SELECT
  errors.* EXCEPT (recent),
  peaks.recurring_peak,
  peaks.recurring_minutes,
  peaks.poison_peak,
  peaks.poison_event,
  peaks.poison_events,
  bursts.burst_peak,
  bursts.burst_minutes
FROM errors
LEFT JOIN peaks ON peaks.service_name = errors.service_name AND peaks.subject = errors.fingerprint
LEFT JOIN peaks AS bursts ON bursts.service_name = errors.service_name AND bursts.subject = 'all'
