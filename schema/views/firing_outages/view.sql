-- A service is failing until one window after its last failure, however many came in between. While more services than the
-- threshold are failing it is an outage, which fires until one window after; one that comes again before is the same.
WITH errors AS (
  SELECT *
  FROM `${dataset}`.firing_levels
),

settings AS (
  SELECT
    threshold,
    window_minutes * 60000000 AS window_us,
    UNIX_MICROS(CURRENT_TIMESTAMP()) AS now_us
  FROM `${dataset}`.alert_settings
  WHERE service_name = '*' AND rule = 'widespread'
),

minutes AS (
  SELECT
    errors.service_name,
    one.minute,
    MIN(one.from_us) AS from_us,
    MAX(one.to_us) AS to_us,
    MIN(one.in_time_from_us) AS in_time_from_us,
    MAX(one.in_time_to_us) AS in_time_to_us,
    MAX(one.told_us) AS told_us,
    MIN(one.first_seen) AS first_seen,
    MAX(one.last_seen) AS last_seen,
    SUM(one.occurrences) AS occurrences
  FROM errors
  CROSS JOIN UNNEST(errors.minutes) AS one
  GROUP BY errors.service_name, one.minute
),

told AS (
  SELECT service_name, FALSE AS is_in_time, from_us, to_us
  FROM minutes
  UNION ALL
  SELECT service_name, TRUE, in_time_from_us, in_time_to_us
  FROM minutes
  WHERE in_time_from_us IS NOT NULL
),

spans AS (
  SELECT
    told.is_in_time,
    told.from_us,
    told.to_us + settings.window_us AS until_us,
    settings.now_us,
    IFNULL(told.from_us - LAG(told.to_us) OVER same > settings.window_us, TRUE) AS is_first,
    IFNULL(LEAD(told.from_us) OVER same - told.to_us > settings.window_us, TRUE) AS is_last
  FROM told
  CROSS JOIN settings
  WINDOW same AS (PARTITION BY told.service_name, told.is_in_time ORDER BY told.from_us)
),

steps AS (
  SELECT from_us AS us, 1 AS change, is_in_time
  FROM spans
  WHERE is_first
  UNION ALL
  SELECT until_us, -1, is_in_time
  FROM spans
  WHERE is_last AND until_us <= now_us
),

levels AS (
  SELECT
    steps.us,
    IFNULL(LEAD(steps.us) OVER line, settings.now_us) AS until_us,
    SUM(IF(steps.is_in_time, 0, steps.change)) OVER so_far > settings.threshold AS is_wide,
    SUM(IF(steps.is_in_time, steps.change, 0)) OVER so_far > settings.threshold AS is_in_time,
    settings.window_us,
    settings.now_us
  FROM steps
  CROSS JOIN settings
  WINDOW
    line AS (ORDER BY steps.us, steps.change DESC, steps.is_in_time),
    so_far AS (line ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

wide AS (
  SELECT *, IF(us - LAG(until_us) OVER (ORDER BY us, until_us) <= window_us, 0, 1) AS begins
  FROM levels
  WHERE is_wide
),

numbered AS (
  SELECT *, SUM(begins) OVER (ORDER BY us, until_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
  FROM wide
),

outages AS (
  SELECT
    number,
    MIN(us) AS us,
    MAX(until_us) AS until_us,
    LOGICAL_OR(is_in_time) AS is_in_time,
    MIN(window_us) AS window_us,
    MIN(now_us) AS now_us
  FROM numbered
  GROUP BY number
),

described AS (
  SELECT
    outages.number,
    COUNT(DISTINCT minutes.service_name) AS services,
    ARRAY_TO_STRING(ARRAY_AGG(DISTINCT minutes.service_name ORDER BY minutes.service_name), ', ') AS names,
    MIN(minutes.from_us) AS since_us,
    MIN(minutes.first_seen) AS first_seen,
    MAX(minutes.last_seen) AS last_seen,
    SUM(minutes.occurrences) AS occurrences,
    -- One that could not be told in time is told for one window after the last of it came.
    MAX(IF(outages.is_in_time, outages.until_us, GREATEST(outages.until_us, minutes.told_us))) + MIN(outages.window_us)
      AS ends_us,
    MIN(outages.now_us) AS now_us
  FROM outages
  CROSS JOIN minutes
  WHERE minutes.to_us >= outages.us - outages.window_us AND minutes.from_us <= outages.until_us
  GROUP BY outages.number
),

listed AS (
  SELECT
    ARRAY_AGG(
      STRUCT(
        since_us AS since_us, IF(ends_us > now_us, NULL, ends_us) AS ended_us, services AS services, names AS names,
        first_seen AS first_seen, last_seen AS last_seen, occurrences AS occurrences
      )
      ORDER BY since_us
    ) AS outages
  FROM described
)

SELECT errors.*, listed.outages
FROM errors
CROSS JOIN listed
