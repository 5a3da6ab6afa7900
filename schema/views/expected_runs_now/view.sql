WITH known AS (
  SELECT service_name, run_name, MIN(loaded_at) AS known_since
  FROM `${dataset}`.expected_runs
  GROUP BY service_name, run_name
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
INNER JOIN known ON known.service_name = expected.service_name AND known.run_name = expected.run_name
INNER JOIN `${dataset}`.newest_loads AS newest ON newest.load_id = expected.load_id
WHERE newest.table_name = 'expected_runs'
QUALIFY ROW_NUMBER() OVER (PARTITION BY expected.load_row ORDER BY expected.run_name) = 1
