-- What is true of errors at any moment within a rule's window, by the time at which they happened. docs/views.md says when
-- each rule fires, and of which other alert it may be a symptom.
--
-- An error may be told late. Where its alert would have ended by then, it is news for one window all the same, unless the
-- alert fired without it; a backfill tells no news.
WITH counted AS (
  SELECT
    incidents.incident_id,
    incidents.service_name,
    incidents.fingerprint,
    incidents.error_type,
    incidents.error_message,
    incidents.culprit,
    incidents.severity,
    incidents.revision,
    incidents.project_id,
    incidents.location,
    incidents.trace,
    incidents.event.id AS event_id,
    incidents.is_startup,
    incidents.first_seen,
    incidents.last_seen,
    incidents.occurrences,
    UNIX_MICROS(incidents.first_seen) AS at_us,
    UNIX_MICROS(
      IF(
        incidents.source = 'backfill' OR incidents.inserted_at < incidents.first_seen,
        incidents.first_seen,
        IFNULL(incidents.inserted_at, incidents.first_seen)
      )
    ) AS told_us,
    states.state,
    IFNULL(incidents.first_seen > states.said_at, FALSE) AS is_later,
    IFNULL(states.state = 'resolved' AND incidents.first_seen > states.said_at, FALSE)
      AND IFNULL(
        resolved.last_number < IFNULL(REGEXP_EXTRACT(incidents.revision, r'-([0-9]{5})-[a-z]{3}'), ''),
        TRUE
      ) AS is_regression,
    states.state = 'muted' AND IFNULL(states.until > CURRENT_TIMESTAMP(), TRUE) AS is_muted,
    -- A mute by count counts for a week at most: no longer is looked back here.
    IF(states.said_at > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY), states.until_count, IF(states.until_count IS NULL, NULL, 0))
      AS until_count
  FROM `${dataset}`.incidents_since(8) AS incidents
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = incidents.fingerprint
  LEFT JOIN `${dataset}`.resolved_revisions AS resolved
    ON resolved.fingerprint = incidents.fingerprint
    AND resolved.stem = IFNULL(REGEXP_EXTRACT(incidents.revision, r'^(.*)-[0-9]{5}-[a-z]{3}'), incidents.revision)
  WHERE incidents.error_category != 'no_data_available'
),

muted AS (
  SELECT fingerprint, TRUE AS is_silent
  FROM counted
  WHERE is_muted
  GROUP BY fingerprint
  HAVING IFNULL(SUM(IF(is_later, occurrences, 0)) <= MAX(until_count), TRUE)
),

settings AS (
  SELECT
    services.service_name,
    every.rule,
    COALESCE(own.threshold, every.threshold) AS threshold,
    COALESCE(own.window_minutes, every.window_minutes) AS window_minutes,
    COALESCE(own.window_minutes, every.window_minutes) * 60000000 AS window_us
  FROM (
    SELECT service_name FROM counted
    UNION DISTINCT
    SELECT '*' AS service_name
  ) AS services
  CROSS JOIN `${dataset}`.alert_settings AS every
  LEFT JOIN `${dataset}`.alert_settings AS own
    ON own.rule = every.rule AND own.service_name = services.service_name AND own.service_name != '*'
  WHERE every.service_name = '*'
    AND every.rule IN ('new_error', 'regressed', 'recurring', 'burst', 'spike', 'widespread', 'poison_message')
),

heard AS (
  SELECT
    counted.*,
    novelty.window_us,
    LAG(counted.at_us) OVER (
      PARTITION BY counted.service_name, counted.fingerprint ORDER BY counted.at_us, counted.incident_id
    ) AS before_us
  FROM counted
  INNER JOIN settings AS novelty ON novelty.service_name = counted.service_name AND novelty.rule = 'new_error'
  LEFT JOIN muted ON muted.fingerprint = counted.fingerprint
  WHERE muted.is_silent IS NULL
),

-- An island is a span of one error in which no two are further apart than a window.
`groups` AS (
  SELECT
    service_name,
    fingerprint,
    ANY_VALUE(error_type HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS error_type,
    ANY_VALUE(error_message HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS error_message,
    ANY_VALUE(culprit HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS culprit,
    ANY_VALUE(severity HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS severity,
    ANY_VALUE(revision HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS revision,
    ANY_VALUE(project_id HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS project_id,
    ANY_VALUE(location HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)) AS location,
    MAX(trace) AS trace,
    MIN(window_us) AS window_us,
    MAX(last_seen) AS last_seen,
    MAX(at_us) AS last_us,
    MAX(IF(IFNULL(at_us - before_us > window_us, TRUE), at_us, NULL)) AS island_us,
    MAX(IF(IFNULL(at_us - before_us > 604800000000, TRUE), at_us, NULL)) AS new_us,
    ANY_VALUE(told_us HAVING MAX IF(IFNULL(at_us - before_us > 604800000000, TRUE), at_us, 0)) AS new_told_us,
    MIN(told_us) AS first_told_us,
    MIN(IF(is_regression, first_seen, NULL)) AS regressed_at,
    MAX(IF(is_regression, GREATEST(at_us, told_us), 0)) AS regression_us,
    SUM(IF(is_regression, occurrences, 0)) AS regressions
  FROM heard
  GROUP BY service_name, fingerprint
),

tallied AS (
  SELECT
    heard.service_name,
    heard.fingerprint,
    MIN(heard.first_seen) AS island_at,
    SUM(heard.occurrences) AS occurrences
  FROM heard
  INNER JOIN `groups` AS known
    ON known.service_name = heard.service_name AND known.fingerprint = heard.fingerprint
  WHERE heard.at_us >= known.island_us
  GROUP BY heard.service_name, heard.fingerprint
),

late AS (
  SELECT
    settings.service_name,
    settings.rule,
    MIN(heard.at_us) AS late_us
  FROM heard
  INNER JOIN settings ON settings.service_name = heard.service_name
  WHERE heard.told_us > heard.at_us + settings.window_us
    AND heard.told_us > UNIX_MICROS(CURRENT_TIMESTAMP()) - settings.window_us
  GROUP BY settings.service_name, settings.rule
),

-- What may still count: two windows back, or one before the first that is told late.
recent AS (
  SELECT
    settings.rule,
    settings.threshold,
    settings.window_us,
    heard.service_name,
    IF(settings.rule = 'burst', 'all', heard.fingerprint) AS fingerprint,
    IF(settings.rule = 'poison_message', heard.event_id, '') AS event_id,
    heard.at_us,
    heard.told_us,
    heard.occurrences,
    heard.told_us <= heard.at_us + settings.window_us AS is_in_time
  FROM heard
  INNER JOIN settings
    ON settings.service_name = heard.service_name AND settings.rule IN ('recurring', 'burst', 'poison_message')
  LEFT JOIN late ON late.service_name = heard.service_name AND late.rule = settings.rule
  WHERE heard.at_us >= LEAST(
    UNIX_MICROS(CURRENT_TIMESTAMP()) - 2 * settings.window_us,
    IFNULL(late.late_us, UNIX_MICROS(CURRENT_TIMESTAMP())) - settings.window_us
  )
  AND (settings.rule != 'poison_message' OR heard.event_id IS NOT NULL)
),

-- A service is failing until one window after its last failure, however many came in between.
presence AS (
  SELECT
    heard.service_name,
    every.threshold,
    every.window_us,
    heard.at_us,
    heard.at_us - LAG(heard.at_us) OVER same > every.window_us AS is_later_start,
    LAG(heard.at_us) OVER same IS NULL AS is_first,
    LEAD(heard.at_us) OVER same - heard.at_us <= every.window_us AS goes_on
  FROM heard
  CROSS JOIN (SELECT threshold, window_us FROM settings WHERE service_name = '*' AND rule = 'widespread') AS every
  WHERE heard.at_us >= UNIX_MICROS(CURRENT_TIMESTAMP()) - 3 * every.window_us
  WINDOW same AS (PARTITION BY heard.service_name ORDER BY heard.at_us, heard.incident_id)
),

-- Each failure adds to the level of its subject, and one window later takes away what it added.
steps AS (
  SELECT
    rule, threshold, window_us, service_name, fingerprint, event_id, at_us AS us, told_us,
    occurrences AS change, IF(is_in_time, occurrences, 0) AS change_in_time
  FROM recent
  UNION ALL
  SELECT
    rule, threshold, window_us, service_name, fingerprint, event_id, at_us + window_us, 0,
    -occurrences, IF(is_in_time, -occurrences, 0)
  FROM recent
  WHERE at_us + window_us <= UNIX_MICROS(CURRENT_TIMESTAMP())
  UNION ALL
  SELECT 'widespread', threshold, window_us, '*', 'all', '', at_us, 0, 1, 1
  FROM presence
  WHERE is_first OR is_later_start
  UNION ALL
  SELECT 'widespread', threshold, window_us, '*', 'all', '', at_us + window_us, 0, -1, -1
  FROM presence
  WHERE NOT IFNULL(goes_on, FALSE) AND at_us + window_us <= UNIX_MICROS(CURRENT_TIMESTAMP())
),

levels AS (
  SELECT
    *,
    SUM(change) OVER so_far AS level,
    SUM(change_in_time) OVER so_far AS level_in_time,
    IFNULL(LEAD(us) OVER same, UNIX_MICROS(CURRENT_TIMESTAMP())) AS until_us
  FROM steps
  WINDOW
    same AS (PARTITION BY rule, service_name, fingerprint, event_id ORDER BY us, change DESC, told_us),
    so_far AS (same ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

exceeded AS (
  SELECT
    rule,
    service_name,
    fingerprint,
    event_id,
    MAX(level) AS peak,
    MIN(us) AS since_us
  FROM levels
  WHERE level > threshold
    AND (
      until_us > UNIX_MICROS(CURRENT_TIMESTAMP()) - window_us
      OR (level_in_time <= threshold AND told_us > UNIX_MICROS(CURRENT_TIMESTAMP()) - window_us)
    )
  GROUP BY rule, service_name, fingerprint, event_id
),

poisoned AS (
  SELECT
    service_name,
    fingerprint,
    COUNT(*) AS events,
    MAX(peak) AS peak,
    MIN(event_id) AS event_id
  FROM exceeded
  WHERE rule = 'poison_message'
  GROUP BY service_name, fingerprint
),

-- Of a service, by the minute: since when it fails without a pause, and what most of its failures are.
minutes AS (
  SELECT
    service_name,
    TIMESTAMP_TRUNC(first_seen, MINUTE) AS minute,
    UNIX_SECONDS(TIMESTAMP_TRUNC(first_seen, MINUTE)) AS second,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM heard
  GROUP BY service_name, minute, second
),

spans AS (
  SELECT
    minutes.*,
    MAX(IF(is_start, second, NULL)) OVER (PARTITION BY service_name) AS island_second
  FROM (
    SELECT
      minutes.*,
      IFNULL(second - LAG(second) OVER (PARTITION BY service_name ORDER BY second) > 900, TRUE) AS is_start
    FROM minutes
  ) AS minutes
),

services AS (
  SELECT
    service_name,
    MIN(IF(second >= island_second, first_seen, NULL)) AS island_at,
    MAX(last_seen) AS last_seen,
    SUM(IF(second >= island_second, occurrences, 0)) AS occurrences
  FROM spans
  GROUP BY service_name
),

shares AS (
  SELECT
    heard.service_name,
    heard.fingerprint,
    SUM(heard.occurrences) AS occurrences,
    MAX(CONCAT(heard.error_type, IF(heard.error_message = '', '', ': '), heard.error_message)) AS words
  FROM heard
  WHERE heard.first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 HOUR)
  GROUP BY heard.service_name, heard.fingerprint
),

-- What most of the failures of a service are, if more than half are one error.
most AS (
  SELECT
    service_name,
    ANY_VALUE(words HAVING MAX CONCAT(CAST(1000000000000 + occurrences AS STRING), fingerprint)) AS words,
    ANY_VALUE(fingerprint HAVING MAX CONCAT(CAST(1000000000000 + occurrences AS STRING), fingerprint)) AS top,
    MAX(occurrences) * 2 > SUM(occurrences) AS is_most
  FROM shares
  GROUP BY service_name
),

hours AS (
  SELECT
    service_name,
    TIMESTAMP_TRUNC(minute, HOUR) AS hour,
    DIV(UNIX_SECONDS(TIMESTAMP_TRUNC(minute, HOUR)), 3600) AS number,
    MIN(first_seen) AS first_seen,
    SUM(occurrences) AS occurrences
  FROM minutes
  GROUP BY service_name, hour, number
),

usual AS (
  SELECT
    *,
    IFNULL(
      SUM(occurrences) OVER (
        PARTITION BY service_name, MOD(number, 24)
        ORDER BY number
        RANGE BETWEEN 168 PRECEDING AND 1 PRECEDING
      ) / 7,
      0
    ) AS usually
  FROM hours
),

spikes AS (
  SELECT
    usual.service_name,
    MAX(usual.occurrences) AS peak,
    ANY_VALUE(usual.usually HAVING MAX usual.number) AS usually,
    MIN(usual.first_seen) AS first_seen
  FROM usual
  INNER JOIN settings ON settings.service_name = usual.service_name AND settings.rule = 'spike'
  WHERE usual.occurrences > 20
    AND usual.occurrences > settings.threshold * usual.usually
    AND usual.usually >= 1
    AND UNIX_MICROS(usual.hour) + 3600000000 > UNIX_MICROS(CURRENT_TIMESTAMP()) - settings.window_us
  GROUP BY usual.service_name
),

-- Which services, of a widespread failure.
widely AS (
  SELECT
    COUNT(DISTINCT presence.service_name) AS services,
    ARRAY_TO_STRING(ARRAY_AGG(DISTINCT presence.service_name ORDER BY presence.service_name), ', ') AS names,
    MIN(presence.at_us) AS since_us,
    MIN(heard.first_seen) AS first_seen,
    MAX(heard.last_seen) AS last_seen,
    SUM(heard.occurrences) AS occurrences
  FROM presence
  INNER JOIN exceeded ON exceeded.rule = 'widespread' AND presence.at_us >= exceeded.since_us - presence.window_us
  INNER JOIN heard ON heard.service_name = presence.service_name AND heard.at_us = presence.at_us
),

answers AS (
  SELECT
    service_name,
    revision,
    MIN(run_timestamp) AS first_answer,
    MAX(run_timestamp) AS last_answer
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 30 DAY)
    AND status IN ('answered', 'succeeded', 'partial', 'no_data')
  GROUP BY service_name, revision
),

starts AS (
  SELECT
    service_name,
    revision,
    fingerprint,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM heard
  WHERE is_startup
  GROUP BY service_name, revision, fingerprint
),

unstarted AS (
  SELECT
    starts.service_name,
    starts.revision,
    starts.fingerprint,
    MIN(starts.first_seen) AS first_seen,
    MAX(starts.last_seen) AS last_seen,
    MAX(starts.occurrences) AS occurrences,
    ANY_VALUE(answers.revision HAVING MAX answers.last_answer) AS last_good_revision,
    IFNULL(LOGICAL_OR(answers.last_answer > starts.last_seen), FALSE) AS is_served_by_another
  FROM starts
  LEFT JOIN answers ON answers.service_name = starts.service_name
  GROUP BY starts.service_name, starts.revision, starts.fingerprint
  -- As in startup_failures: an answer of an older revision ends nothing.
  HAVING NOT IFNULL(
    LOGICAL_OR(
      answers.last_answer > starts.last_seen
      AND (
        starts.revision IS NULL
        OR answers.revision = starts.revision
        OR answers.first_answer > starts.first_seen
      )
    ),
    FALSE
  )
),

down AS (
  SELECT
    service_name,
    fingerprint,
    MAX(IFNULL(REGEXP_EXTRACT(revision, r'-([0-9]{5})-'), revision)) AS revision,
    MAX(IFNULL(REGEXP_EXTRACT(last_good_revision, r'-([0-9]{5})-'), last_good_revision)) AS last_good_revision,
    LOGICAL_OR(is_served_by_another) AS is_served_by_another,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences
  FROM unstarted
  GROUP BY service_name, fingerprint
),

described AS (
  SELECT
    known.service_name,
    known.fingerprint,
    known.severity,
    known.project_id,
    known.location,
    known.trace,
    known.window_us,
    known.last_seen,
    known.last_us,
    known.island_us,
    known.new_us,
    known.new_told_us,
    known.first_told_us,
    known.regressed_at,
    known.regression_us,
    known.regressions,
    tallied.island_at,
    tallied.occurrences,
    known.error_type,
    known.error_message,
    CONCAT(known.error_type, IF(known.error_message = '', '', ': '), known.error_message) AS words,
    IFNULL(CONCAT(', raised by ', REGEXP_EXTRACT(known.culprit, r'([^/ ]+:[0-9]+)')), '') AS raised_by,
    REGEXP_EXTRACT(known.culprit, r'([^/ ]+:[0-9]+)') AS place,
    IFNULL(CONCAT(' (rev ', IFNULL(REGEXP_EXTRACT(known.revision, r'-([0-9]{5})-'), known.revision), ')'), '') AS rev
  FROM `groups` AS known
  INNER JOIN tallied ON tallied.service_name = known.service_name AND tallied.fingerprint = known.fingerprint
),

firing AS (
  SELECT
    'startup_failure' AS rule,
    down.service_name,
    down.fingerprint AS subject,
    down.fingerprint,
    CONCAT(down.service_name, ' cannot start') AS head,
    CONCAT(
      IFNULL(CONCAT(' (rev ', down.revision, ')'), ''),
      ': ',
      IF(described.error_type = 'ModuleNotFoundError', described.error_message, described.words),
      IFNULL(CONCAT(', asked for by ', described.place), ''),
      IFNULL(CONCAT('; last good rev ', down.last_good_revision), '')
    ) AS tail,
    CONCAT(
      IF(down.is_served_by_another, 'an older revision still answers; ', 'it has not answered since; '),
      described.error_type
    ) AS reason,
    down.first_seen,
    down.last_seen,
    down.occurrences,
    0 AS depth
  FROM down
  INNER JOIN described
    ON described.service_name = down.service_name AND described.fingerprint = down.fingerprint
  UNION ALL
  SELECT
    'poison_message',
    described.service_name,
    described.fingerprint,
    described.fingerprint,
    CONCAT(described.service_name, ' fails on one message again and again'),
    CONCAT(described.rev, ': event ', poisoned.event_id, ', ', CAST(poisoned.peak AS STRING), ' times: ', described.words),
    CONCAT(CAST(poisoned.events AS STRING), IF(poisoned.events = 1, ' event fails', ' events fail'), ' again and again', described.raised_by),
    described.island_at,
    described.last_seen,
    described.occurrences,
    1
  FROM poisoned
  INNER JOIN described
    ON described.service_name = poisoned.service_name AND described.fingerprint = poisoned.fingerprint
  UNION ALL
  SELECT
    'regressed',
    described.service_name,
    described.fingerprint,
    described.fingerprint,
    CONCAT(described.service_name, ' fails again, though it was resolved,'),
    CONCAT(described.rev, ': ', described.words, described.raised_by, '; ', CAST(described.regressions AS STRING), ' times'),
    'it happened after it was resolved, in a revision in which it had not been seen before',
    described.regressed_at,
    described.last_seen,
    described.regressions,
    2
  FROM described
  INNER JOIN settings ON settings.service_name = described.service_name AND settings.rule = 'regressed'
  WHERE described.regressed_at IS NOT NULL
    AND described.regression_us > UNIX_MICROS(CURRENT_TIMESTAMP()) - settings.window_us
  UNION ALL
  SELECT
    'new_error',
    described.service_name,
    described.fingerprint,
    described.fingerprint,
    CONCAT(described.service_name, ' fails anew'),
    CONCAT(described.rev, ': ', described.words, described.raised_by, '; ', CAST(described.occurrences AS STRING), IF(described.occurrences = 1, ' time', ' times')),
    'not seen in the 7 days before',
    described.island_at,
    described.last_seen,
    described.occurrences,
    3
  FROM described
  WHERE described.new_us = described.island_us
    AND IF(
      described.new_told_us > described.new_us + described.window_us,
      described.new_told_us <= described.first_told_us
        AND GREATEST(described.new_told_us, described.last_us) > UNIX_MICROS(CURRENT_TIMESTAMP()) - described.window_us,
      described.last_us > UNIX_MICROS(CURRENT_TIMESTAMP()) - described.window_us
    )
  UNION ALL
  SELECT
    'recurring',
    described.service_name,
    described.fingerprint,
    described.fingerprint,
    CONCAT(described.service_name, ' fails again and again'),
    CONCAT(described.rev, ': ', described.words, described.raised_by, '; ', CAST(described.occurrences AS STRING), ' times'),
    CONCAT(CAST(exceeded.peak AS STRING), ' times within ', CAST(settings.window_minutes AS STRING), ' minutes'),
    described.island_at,
    described.last_seen,
    described.occurrences,
    4
  FROM exceeded
  INNER JOIN described
    ON described.service_name = exceeded.service_name AND described.fingerprint = exceeded.fingerprint
  INNER JOIN settings ON settings.service_name = exceeded.service_name AND settings.rule = 'recurring'
  WHERE exceeded.rule = 'recurring'
  UNION ALL
  SELECT
    'burst',
    services.service_name,
    'all',
    IF(most.is_most, most.top, NULL),
    CONCAT(services.service_name, ' fails in a burst'),
    CONCAT(': ', CAST(exceeded.peak AS STRING), ' failures within ', CAST(settings.window_minutes AS STRING), ' minutes', IF(most.is_most, CONCAT(', most of them ', most.words), '')),
    CONCAT(CAST(exceeded.peak AS STRING), ' failures within ', CAST(settings.window_minutes AS STRING), ' minutes; the loudest: ', IFNULL(most.words, '?')),
    services.island_at,
    services.last_seen,
    services.occurrences,
    6
  FROM exceeded
  INNER JOIN services ON services.service_name = exceeded.service_name
  INNER JOIN settings ON settings.service_name = exceeded.service_name AND settings.rule = 'burst'
  LEFT JOIN most ON most.service_name = exceeded.service_name
  WHERE exceeded.rule = 'burst'
  UNION ALL
  SELECT
    'spike',
    spikes.service_name,
    'all',
    IF(most.is_most, most.top, NULL),
    CONCAT(spikes.service_name, ' fails more than usual'),
    CONCAT(': ', CAST(spikes.peak AS STRING), ' failures in an hour, usually ', CAST(CAST(ROUND(spikes.usually) AS INT64) AS STRING), IF(most.is_most, CONCAT('; most of them ', most.words), '')),
    CONCAT(CAST(spikes.peak AS STRING), ' failures in an hour, ', CAST(CAST(ROUND(spikes.usually) AS INT64) AS STRING), ' in the same hour of the 7 days before'),
    spikes.first_seen,
    services.last_seen,
    spikes.peak,
    5
  FROM spikes
  INNER JOIN services ON services.service_name = spikes.service_name
  LEFT JOIN most ON most.service_name = spikes.service_name
  UNION ALL
  SELECT
    'widespread',
    '*',
    'all',
    NULL,
    CONCAT(CAST(services AS STRING), ' services fail at once'),
    CONCAT(': ', names),
    CONCAT(CAST(services AS STRING), ' services failed within minutes of each other'),
    first_seen,
    last_seen,
    occurrences,
    0
  FROM widely
  WHERE services > 0
)

SELECT
  firing.rule,
  firing.service_name,
  firing.subject,
  firing.fingerprint,
  IF(firing.rule IN ('startup_failure', 'widespread', 'burst', 'spike'), CAST(NULL AS STRING), described.severity) AS severity,
  CONCAT(
    firing.head,
    ' since ',
    IF(
      TIMESTAMP_TRUNC(firing.first_seen, DAY) = TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY),
      FORMAT_TIMESTAMP('%H:%M', firing.first_seen),
      FORMAT_TIMESTAMP('%m-%d %H:%M', firing.first_seen)
    ),
    firing.tail
  ) AS title,
  firing.reason,
  firing.first_seen,
  firing.last_seen,
  firing.occurrences,
  -- The same error under a rule that says more of it; and what began with a widespread failure.
  ARRAY_CONCAT(
    IF(firing.depth > 0 AND firing.fingerprint IS NOT NULL, [CONCAT('startup_failure:', firing.service_name, ':', firing.fingerprint)], []),
    IF(firing.depth > 1 AND firing.fingerprint IS NOT NULL, [CONCAT('poison_message:', firing.service_name, ':', firing.fingerprint)], []),
    IF(firing.depth > 2 AND firing.fingerprint IS NOT NULL, [CONCAT('regressed:', firing.service_name, ':', firing.fingerprint)], []),
    IF(firing.depth > 3 AND firing.fingerprint IS NOT NULL, [CONCAT('new_error:', firing.service_name, ':', firing.fingerprint)], []),
    IF(firing.depth > 4 AND firing.fingerprint IS NOT NULL, [CONCAT('recurring:', firing.service_name, ':', firing.fingerprint)], []),
    IF(firing.depth > 5, [CONCAT('spike:', firing.service_name, ':all')], []),
    IF(firing.depth > 2 AND UNIX_MICROS(firing.first_seen) >= widely.since_us, ['widespread:*:all'], [])
  ) AS symptom_of,
  CAST(NULL AS STRING) AS owner,
  ARRAY_CONCAT(
    IF(
      described.project_id IS NOT NULL AND described.location IS NOT NULL,
      [STRUCT(
        'logs' AS name,
        CONCAT(
          'https://console.cloud.google.com/run/detail/', described.location, '/', firing.service_name, '/logs?project=',
          described.project_id
        ) AS url
      )],
      []
    ),
    IF(
      described.project_id IS NOT NULL AND described.trace IS NOT NULL,
      [STRUCT(
        'trace' AS name,
        CONCAT(
          'https://console.cloud.google.com/traces/list?project=', described.project_id, '&tid=', described.trace
        ) AS url
      )],
      []
    )
  ) AS links
FROM firing
CROSS JOIN widely
LEFT JOIN described
  ON described.service_name = firing.service_name AND described.fingerprint = firing.fingerprint
