-- What fires, in words. new_error, regressed, startup_failure and widespread are here also when they are over, since other
-- alerts may have been symptoms of them.
WITH errors AS (
  SELECT
    errors.*,
    settings.window_minutes * 60000000 AS regressed_us,
    UNIX_MICROS(CURRENT_TIMESTAMP()) AS now_us,
    REGEXP_EXTRACT(errors.culprit, r'([^/ ]+:[0-9]+)') AS place,
    IFNULL(CONCAT(' (rev ', IFNULL(REGEXP_EXTRACT(errors.revision, r'-([0-9]{5})-'), errors.revision), ')'), '') AS rev,
    CONCAT(CAST(errors.occurrences AS STRING), IF(errors.occurrences = 1, ' time', ' times')) AS times
  FROM `${dataset}`.firing_starts AS errors
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = errors.settings_of AND settings.rule = 'regressed'
),

described AS (
  SELECT
    *,
    IFNULL(CONCAT(', raised by ', place), '') AS raised_by,
    CONCAT(rev, ': ', words, IFNULL(CONCAT(', raised by ', place), ''), '; ') AS said,
    -- News that came late is news for one window.
    window_us + IF(new_told_us > new_us + window_us, GREATEST(new_told_us, last_us), last_us) AS news_end_us
  FROM errors
),

services AS (
  SELECT service_name, ANY_VALUE(service) AS service, MAX(burst_peak) AS burst_peak, MAX(burst_minutes) AS burst_minutes
  FROM errors
  GROUP BY service_name
),

-- Every row has them.
outages AS (
  SELECT outage.services, outage.names, outage.first_seen, outage.last_seen, outage.occurrences, outage.ended_us
  FROM (SELECT ANY_VALUE(outages) AS outages FROM errors) AS every
  CROSS JOIN UNNEST(every.outages) AS outage
)

SELECT
  'startup_failure' AS rule,
  service_name,
  fingerprint AS subject,
  fingerprint,
  start.revision,
  CONCAT(service_name, ' cannot start') AS head,
  CONCAT(
    IFNULL(CONCAT(' (rev ', start.failing, ')'), ''), ': ',
    IF(error_type = 'ModuleNotFoundError', error_message, words),
    IFNULL(CONCAT(', asked for by ', place), ''), IFNULL(CONCAT('; last good rev ', start.last_good), '')
  ) AS tail,
  CONCAT(
    IF(start.is_served_by_another, 'an older revision still answers; ', 'it has not answered since; '), error_type
  ) AS reason,
  start.first_seen,
  start.last_seen,
  start.occurrences,
  start.ended_us,
  CAST(NULL AS STRING) AS severity,
  project_id,
  location,
  trace,
  outages
FROM described
WHERE start.occurrences IS NOT NULL
UNION ALL
SELECT
  'poison_message', service_name, fingerprint, fingerprint, revision,
  CONCAT(service_name, ' fails on one message again and again'),
  CONCAT(rev, ': event ', poison_event, ', ', CAST(poison_peak AS STRING), ' times: ', words),
  CONCAT(CAST(poison_events AS STRING), IF(poison_events = 1, ' event fails', ' events fail'), ' again and again', raised_by),
  island_at, last_seen, occurrences, NULL, severity, project_id, location, trace, outages
FROM described
WHERE poison_peak IS NOT NULL
UNION ALL
SELECT
  'regressed', service_name, fingerprint, fingerprint, revision,
  CONCAT(service_name, ' fails again, though it was resolved,'),
  CONCAT(said, CAST(regressions AS STRING), ' times'),
  'it happened after it was resolved, in a revision in which it had not been seen before',
  regressed_at, last_seen, regressions,
  IF(regression_us + regressed_us > now_us, NULL, regression_us + regressed_us),
  severity, project_id, location, trace, outages
FROM described
WHERE regressed_at IS NOT NULL
UNION ALL
SELECT
  'new_error', service_name, fingerprint, fingerprint, revision,
  CONCAT(service_name, ' fails anew'),
  CONCAT(said, times),
  'not seen in the 7 days before',
  island_at, last_seen, occurrences,
  IF(news_end_us > now_us, NULL, news_end_us),
  severity, project_id, location, trace, outages
FROM described
WHERE new_us = island_us
  -- It fired without what came late.
  AND (new_told_us <= new_us + window_us OR new_told_us <= first_told_us)
UNION ALL
SELECT
  'recurring', service_name, fingerprint, fingerprint, revision,
  CONCAT(service_name, ' fails again and again'),
  CONCAT(said, CAST(occurrences AS STRING), ' times'),
  CONCAT(CAST(recurring_peak AS STRING), ' times within ', CAST(recurring_minutes AS STRING), ' minutes'),
  island_at, last_seen, occurrences, NULL, severity, project_id, location, trace, outages
FROM described
WHERE recurring_peak IS NOT NULL
UNION ALL
SELECT
  'burst', services.service_name, 'all', services.service.top, NULL,
  CONCAT(services.service_name, ' fails in a burst'),
  CONCAT(
    ': ', CAST(services.burst_peak AS STRING), ' failures within ', CAST(services.burst_minutes AS STRING), ' minutes',
    IF(services.service.top IS NULL, '', CONCAT(', most of them ', services.service.words))
  ),
  CONCAT(
    CAST(services.burst_peak AS STRING), ' failures within ', CAST(services.burst_minutes AS STRING),
    ' minutes; the loudest: ', IFNULL(services.service.words, '?')
  ),
  services.service.first_seen, services.service.last_seen, services.service.occurrences, NULL, NULL,
  top.project_id, top.location, top.trace, every.outages
FROM services
CROSS JOIN (SELECT ANY_VALUE(outages) AS outages FROM errors) AS every
LEFT JOIN errors AS top ON top.service_name = services.service_name AND top.fingerprint = services.service.top
WHERE services.burst_peak IS NOT NULL
UNION ALL
SELECT
  'spike', services.service_name, 'all', services.service.top, NULL,
  CONCAT(services.service_name, ' fails more than usual'),
  CONCAT(
    ': ', CAST(services.service.spike_peak AS STRING), ' failures in an hour, usually ',
    CAST(CAST(ROUND(services.service.spike_usually) AS INT64) AS STRING),
    IF(services.service.top IS NULL, '', CONCAT('; most of them ', services.service.words))
  ),
  CONCAT(
    CAST(services.service.spike_peak AS STRING), ' failures in an hour, ',
    CAST(CAST(ROUND(services.service.spike_usually) AS INT64) AS STRING), ' in the same hour of the 7 days before'
  ),
  services.service.spike_first_seen, services.service.spike_last_seen, services.service.spike_peak, NULL, NULL,
  top.project_id, top.location, top.trace, every.outages
FROM services
CROSS JOIN (SELECT ANY_VALUE(outages) AS outages FROM errors) AS every
LEFT JOIN errors AS top ON top.service_name = services.service_name AND top.fingerprint = services.service.top
WHERE services.service.spike_peak IS NOT NULL
UNION ALL
SELECT
  'widespread', '*', 'all', NULL, NULL,
  CONCAT(CAST(services AS STRING), ' services fail at once'),
  CONCAT(': ', names),
  CONCAT(CAST(services AS STRING), ' services failed within minutes of each other'),
  first_seen, last_seen, occurrences, ended_us, NULL, NULL, NULL, NULL, NULL
FROM outages
