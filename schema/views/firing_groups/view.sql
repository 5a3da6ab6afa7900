-- An island is a span of one error in which no two are further apart than the window of new_error.
--
-- This view and those after it are one walk: each reads the one before once, adds to its rows, and hands on what the next
-- needs. A second reading would count the incidents a second time, which is most of what alerts cost.
WITH windows AS (
  SELECT
    service_name,
    MAX(IF(rule = 'new_error', window_minutes, NULL)) * 60000000 AS news_us,
    MAX(IF(rule = 'spike', window_minutes, NULL)) * 60000000 AS spike_us,
    MAX(IF(rule IN ('recurring', 'burst', 'poison_message'), window_minutes, NULL)) * 60000000 AS longest_us,
    MIN(IF(rule IN ('recurring', 'burst', 'poison_message'), window_minutes, NULL)) * 60000000 AS shortest_us,
    MAX(MAX(IF(service_name = '*' AND rule = 'widespread', window_minutes, NULL))) OVER () * 60000000 AS wide_us,
    UNIX_MICROS(CURRENT_TIMESTAMP()) AS now_us
  FROM `${dataset}`.alert_settings
  GROUP BY service_name
),

heard AS (
  SELECT
    heard.*,
    windows.news_us,
    windows.spike_us,
    windows.wide_us,
    windows.longest_us,
    windows.now_us,
    heard.told_us > heard.at_us + windows.shortest_us AND heard.told_us > windows.now_us - windows.longest_us AS is_late
  FROM `${dataset}`.firing_heard AS heard
  INNER JOIN windows ON windows.service_name = heard.settings_of
),

-- Nothing but what it needs goes through the window: a row of it is sorted with all that it bears.
pauses AS (
  SELECT
    service_name,
    fingerprint,
    at_us,
    told_us,
    news_us,
    at_us - LAG(at_us) OVER (PARTITION BY service_name, fingerprint ORDER BY at_us, incident_id) AS pause_us
  FROM heard
),

begun AS (
  SELECT
    service_name,
    fingerprint,
    MIN(news_us) AS window_us,
    MAX(IF(IFNULL(pause_us > news_us, TRUE), at_us, NULL)) AS island_us,
    MAX(IF(IFNULL(pause_us > 604800000000, TRUE), at_us, NULL)) AS new_us,
    ANY_VALUE(told_us HAVING MAX IF(IFNULL(pause_us > 604800000000, TRUE), at_us, 0)) AS new_told_us
  FROM pauses
  GROUP BY service_name, fingerprint
),

known AS (
  SELECT
    service_name,
    fingerprint,
    ANY_VALUE(
      STRUCT(
        error_type AS error_type, error_message AS error_message, culprit AS culprit, severity AS severity, revision AS revision,
        project_id AS project_id, location AS location
      )
      HAVING MAX CONCAT(CAST(at_us AS STRING), incident_id)
    ) AS newest,
    MAX(trace) AS trace,
    MIN(settings_of) AS settings_of,
    MAX(last_seen) AS last_seen,
    MAX(at_us) AS last_us,
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
  INNER JOIN begun ON begun.service_name = heard.service_name AND begun.fingerprint = heard.fingerprint
  WHERE heard.at_us >= begun.island_us
  GROUP BY heard.service_name, heard.fingerprint
),

starts AS (
  SELECT
    service_name,
    fingerprint,
    ARRAY_AGG(
      STRUCT(revision AS revision, first_seen AS first_seen, last_seen AS last_seen, occurrences AS occurrences)
      ORDER BY at_us, incident_id
    ) AS starts
  FROM heard
  WHERE is_startup
  GROUP BY service_name, fingerprint
),

-- What may still count within a window: two of them back, or one before the first that is told late.
lately AS (
  SELECT service_name, LEAST(MIN(now_us - longest_us), IFNULL(MIN(IF(is_late, at_us, NULL)), MIN(now_us))) - MIN(longest_us) AS from_us
  FROM heard
  GROUP BY service_name
),

recent AS (
  SELECT
    heard.service_name,
    heard.fingerprint,
    ARRAY_AGG(
      STRUCT(heard.at_us AS at_us, heard.told_us AS told_us, heard.event_id AS event_id, heard.occurrences AS occurrences)
      ORDER BY heard.at_us, heard.incident_id
    ) AS recent
  FROM heard
  INNER JOIN lately ON lately.service_name = heard.service_name
  WHERE heard.at_us >= lately.from_us
  GROUP BY heard.service_name, heard.fingerprint
),

-- A minute has its first and its last failure to the microsecond, so that spans made of minutes are exact. What was told
-- within the window of a rule is counted besides: without the rest, would the rule have fired in time?
by_minute AS (
  SELECT
    service_name,
    fingerprint,
    DIV(at_us, 60000000) AS minute,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(occurrences) AS occurrences,
    MIN(at_us) AS from_us,
    MAX(at_us) AS to_us,
    MAX(told_us) AS told_us,
    MIN(IF(told_us <= at_us + wide_us, at_us, NULL)) AS in_time_from_us,
    MAX(IF(told_us <= at_us + wide_us, at_us, NULL)) AS in_time_to_us,
    SUM(IF(told_us < at_us - MOD(at_us, 3600000000) + 3600000000 + spike_us, occurrences, 0)) AS in_time_for_spike
  FROM heard
  GROUP BY service_name, fingerprint, minute
),

minutes AS (
  SELECT
    service_name,
    fingerprint,
    ARRAY_AGG(
      STRUCT(
        minute AS minute, first_seen AS first_seen, last_seen AS last_seen, occurrences AS occurrences, from_us AS from_us,
        to_us AS to_us, told_us AS told_us, in_time_from_us AS in_time_from_us, in_time_to_us AS in_time_to_us,
        in_time_for_spike AS in_time_for_spike
      )
      ORDER BY minute
    ) AS minutes
  FROM by_minute
  GROUP BY service_name, fingerprint
)

SELECT
  known.* EXCEPT (newest),
  known.newest.error_type,
  known.newest.error_message,
  known.newest.culprit,
  known.newest.severity,
  known.newest.revision,
  known.newest.project_id,
  known.newest.location,
  begun.* EXCEPT (service_name, fingerprint),
  tallied.island_at,
  tallied.occurrences,
  CONCAT(known.newest.error_type, IF(known.newest.error_message = '', '', ': '), known.newest.error_message) AS words,
  starts.starts,
  recent.recent,
  minutes.minutes
FROM known
INNER JOIN begun ON begun.service_name = known.service_name AND begun.fingerprint = known.fingerprint
INNER JOIN tallied ON tallied.service_name = known.service_name AND tallied.fingerprint = known.fingerprint
INNER JOIN minutes ON minutes.service_name = known.service_name AND minutes.fingerprint = known.fingerprint
LEFT JOIN starts ON starts.service_name = known.service_name AND starts.fingerprint = known.fingerprint
LEFT JOIN recent ON recent.service_name = known.service_name AND recent.fingerprint = known.fingerprint
