-- Cron is met by walking through real time, a quarter of an hour at a time, and asking what the clocks of the zone show:
-- all zones are whole quarters apart, and an hour that the clocks leave out, or show twice, is so here too.
WITH quarters AS (
  SELECT quarter
  FROM UNNEST(
    GENERATE_TIMESTAMP_ARRAY(
      TIMESTAMP_SUB(TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR), INTERVAL days DAY),
      CURRENT_TIMESTAMP(),
      INTERVAL 15 MINUTE
    )
  ) AS quarter
),

zones AS (
  SELECT DISTINCT time_zone FROM `${dataset}`.expected_runs_now WHERE cron IS NOT NULL
),

clocks AS (
  SELECT
    zones.time_zone,
    quarters.quarter,
    EXTRACT(MINUTE FROM quarters.quarter AT TIME ZONE zones.time_zone) AS minute,
    EXTRACT(HOUR FROM quarters.quarter AT TIME ZONE zones.time_zone) AS hour,
    EXTRACT(DAY FROM quarters.quarter AT TIME ZONE zones.time_zone) AS day,
    EXTRACT(MONTH FROM quarters.quarter AT TIME ZONE zones.time_zone) AS month,
    -- The second of January 2000 was a Sunday, which is 1.
    MOD(DATE_DIFF(DATE(quarters.quarter, zones.time_zone), DATE '2000-01-02', DAY), 7) + 1 AS day_of_week,
    CAST(DATE(quarters.quarter, zones.time_zone) AS STRING) AS date
  FROM quarters
  CROSS JOIN zones
),

due AS (
  SELECT
    expected.run_name,
    expected.service_name,
    expected.minutes,
    clocks.quarter,
    clocks.minute AS first_minute
  FROM `${dataset}`.expected_runs_now AS expected
  INNER JOIN clocks ON clocks.time_zone = expected.time_zone
  INNER JOIN `${dataset}`.days_with_work(days) AS work
    ON work.service_name = expected.service_name AND work.run_name = expected.run_name AND work.date = clocks.date
  WHERE expected.cron IS NOT NULL
    AND clocks.hour IN UNNEST(expected.hours)
    AND clocks.month IN UNNEST(expected.months)
    AND (
      (ARRAY_LENGTH(expected.days_of_month) = 0 AND ARRAY_LENGTH(expected.days_of_week) = 0)
      OR clocks.day IN UNNEST(expected.days_of_month)
      OR clocks.day_of_week IN UNNEST(expected.days_of_week)
    )
)

SELECT
  due.run_name,
  due.service_name,
  CAST(NULL AS STRING) AS run_key,
  FALSE AS is_dated,
  TIMESTAMP_ADD(due.quarter, INTERVAL minute - due.first_minute MINUTE) AS expected_at
FROM due
CROSS JOIN UNNEST(due.minutes) AS minute
WHERE minute BETWEEN due.first_minute AND due.first_minute + 14
  AND TIMESTAMP_ADD(due.quarter, INTERVAL minute - due.first_minute MINUTE) <= CURRENT_TIMESTAMP()
UNION ALL
SELECT
  run_name,
  service_name,
  run_key,
  TRUE AS is_dated,
  expected_by AS expected_at
FROM `${dataset}`.expected_runs_now
WHERE expected_by BETWEEN TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY) AND CURRENT_TIMESTAMP()
