-- Of a service: since when it fails without a pause of a quarter of an hour; what most of its failures are, if more than half
-- are one error; and a spike. An hour with more than 20 failures, and so many times what was usual at that hour in the 7 days
-- before, fires until one window after it; what came in later, so that it was none in time, is news for one window.
WITH errors AS (
  SELECT *
  FROM `${dataset}`.firing_outages
),

minutes AS (
  SELECT
    errors.service_name,
    MIN(errors.settings_of) AS settings_of,
    one.minute,
    MIN(one.first_seen) AS first_seen,
    MAX(one.last_seen) AS last_seen,
    MAX(one.told_us) AS told_us,
    SUM(one.occurrences) AS occurrences,
    SUM(one.in_time_for_spike) AS in_time
  FROM errors
  CROSS JOIN UNNEST(errors.minutes) AS one
  GROUP BY errors.service_name, one.minute
),

pauses AS (
  SELECT
    *,
    IF(
      minute - LAG(minute) OVER (PARTITION BY service_name ORDER BY minute) <= 15, NULL, minute
    ) AS begun
  FROM minutes
),

spans AS (
  SELECT *, MAX(begun) OVER (PARTITION BY service_name) AS island_minute
  FROM pauses
),

islands AS (
  SELECT
    service_name,
    MIN(IF(minute >= island_minute, first_seen, NULL)) AS island_at,
    MAX(last_seen) AS last_seen,
    SUM(IF(minute >= island_minute, occurrences, 0)) AS occurrences
  FROM spans
  GROUP BY service_name
),

shares AS (
  SELECT
    errors.service_name,
    errors.fingerprint,
    errors.words,
    SUM(one.occurrences) AS occurrences,
    MAX(one.last_seen) AS last_seen
  FROM errors
  CROSS JOIN UNNEST(errors.minutes) AS one
  WHERE one.last_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 HOUR)
  GROUP BY errors.service_name, errors.fingerprint, errors.words
),

most AS (
  SELECT
    service_name,
    ANY_VALUE(words HAVING MAX CONCAT(CAST(1000000000000 + occurrences AS STRING), fingerprint)) AS words,
    ANY_VALUE(fingerprint HAVING MAX CONCAT(CAST(1000000000000 + occurrences AS STRING), fingerprint)) AS top,
    ANY_VALUE(last_seen HAVING MAX CONCAT(CAST(1000000000000 + occurrences AS STRING), fingerprint)) AS last_seen,
    MAX(occurrences) * 2 > SUM(occurrences) AS is_most
  FROM shares
  GROUP BY service_name
),

hours AS (
  SELECT
    service_name,
    settings_of,
    DIV(minute, 60) AS number,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    MAX(told_us) AS told_us,
    SUM(occurrences) AS occurrences,
    SUM(in_time) AS in_time
  FROM minutes
  GROUP BY service_name, settings_of, number
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

judged AS (
  SELECT
    usual.*,
    GREATEST(20, settings.threshold * usual.usually) AS most,
    UNIX_MICROS(CURRENT_TIMESTAMP()) - settings.window_minutes * 60000000 AS start_us
  FROM usual
  INNER JOIN `${dataset}`.alert_settings AS settings
    ON settings.service_name = usual.settings_of AND settings.rule = 'spike'
  WHERE usual.usually >= 1
),

spikes AS (
  SELECT
    service_name,
    MAX(occurrences) AS peak,
    ANY_VALUE(usually HAVING MAX number) AS usually,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen
  FROM judged
  WHERE occurrences > most
    AND ((number + 1) * 3600000000 > start_us OR (in_time <= most AND told_us > start_us))
  GROUP BY service_name
)

SELECT
  errors.* EXCEPT (minutes),
  STRUCT(
    islands.island_at AS first_seen,
    IF(most.is_most, most.last_seen, islands.last_seen) AS last_seen,
    islands.occurrences AS occurrences,
    most.words AS words,
    IF(most.is_most, most.top, NULL) AS top,
    spikes.peak AS spike_peak,
    spikes.usually AS spike_usually,
    spikes.first_seen AS spike_first_seen,
    IF(most.is_most, most.last_seen, spikes.last_seen) AS spike_last_seen
  ) AS service
FROM errors
INNER JOIN islands ON islands.service_name = errors.service_name
LEFT JOIN most ON most.service_name = errors.service_name
LEFT JOIN spikes ON spikes.service_name = errors.service_name
