-- A load that is not whole does not count; a row that was written twice has one number.
WITH loads AS (
  SELECT load_id, MAX(loaded_at) AS loaded_at
  FROM `${dataset}`.expected_runs
  GROUP BY load_id
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
),

known AS (
  SELECT service_name, MIN(loaded_at) AS known_since
  FROM `${dataset}`.expected_runs
  GROUP BY service_name
)

SELECT
  expected.run_name,
  expected.run_key,
  expected.service_name,
  expected.phase,
  expected.processor_name,
  expected.cron,
  IFNULL(expected.time_zone, 'UTC') AS time_zone,
  IFNULL(expected.minutes, []) AS minutes,
  IFNULL(expected.hours, []) AS hours,
  IFNULL(expected.days_of_month, []) AS days_of_month,
  IFNULL(expected.months, []) AS months,
  IFNULL(expected.days_of_week, []) AS days_of_week,
  expected.expected_by,
  IFNULL(expected.grace_minutes, 15) AS grace_minutes,
  IFNULL(expected.max_minutes, 60) AS max_minutes,
  expected.follows,
  expected.season_start,
  expected.season_end,
  IFNULL(expected.days_off, []) AS days_off,
  expected.trigger_name,
  expected.owner,
  expected.runbook,
  known.known_since
FROM `${dataset}`.expected_runs AS expected
INNER JOIN known ON known.service_name = expected.service_name
WHERE expected.load_id = (SELECT ANY_VALUE(load_id HAVING MAX CONCAT(CAST(UNIX_MICROS(loaded_at) AS STRING), load_id)) FROM loads)
QUALIFY ROW_NUMBER() OVER (PARTITION BY expected.load_row ORDER BY expected.run_name) = 1
