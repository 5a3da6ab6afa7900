-- What did not run behind a service that could not start: its own runs, and those that wait for them. A run that has times
-- of its own missed some of them; one that has none was not good since. Nothing waits for a service whose older revision
-- answers on.
WITH failures AS (
  SELECT *
  FROM `${dataset}`.startup_failures_since(30, 400)
),

behind AS (
  SELECT DISTINCT failing_service, service_name, run_name
  FROM (
    SELECT upstream_service AS failing_service, service_name, run_name
    FROM `${dataset}`.upstream_runs
    UNION ALL
    SELECT service_name, service_name, run_name
    FROM `${dataset}`.expected_runs_now
  )
),

-- The example tells a failure from the others of its service.
waiting AS (
  SELECT
    failures.example_id,
    failures.first_seen,
    failures.recovered_at,
    behind.failing_service,
    behind.service_name,
    behind.run_name
  FROM failures
  INNER JOIN behind ON behind.failing_service = failures.service_name
  WHERE NOT failures.is_served_by_another
),

untimed AS (
  SELECT service_name, run_name
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name, run_name
  HAVING LOGICAL_AND(cron IS NULL AND expected_by IS NULL)
),

good AS (
  SELECT service_name, run_name, MAX(ended_at) AS last_good
  FROM `${dataset}`.runs_since(30)
  WHERE status IN ('succeeded', 'partial', 'no_data', 'answered', 'skipped')
  GROUP BY service_name, run_name
),

missed AS (
  SELECT
    waiting.failing_service,
    waiting.example_id,
    waiting.service_name,
    waiting.run_name,
    MIN(checks.expected_at) AS missing_since,
    COUNT(*) AS times
  FROM waiting
  INNER JOIN `${dataset}`.run_checks_since(30) AS checks
    ON checks.service_name = waiting.service_name AND checks.run_name = waiting.run_name
  WHERE checks.check_name = 'MISSING'
    AND checks.since > waiting.first_seen
    AND IF(
      waiting.recovered_at IS NULL,
      checks.until IS NULL,
      checks.expected_at < waiting.recovered_at AND IFNULL(checks.until >= waiting.recovered_at, TRUE)
    )
  GROUP BY waiting.failing_service, waiting.example_id, waiting.service_name, waiting.run_name
  UNION ALL
  SELECT
    waiting.failing_service,
    waiting.example_id,
    waiting.service_name,
    waiting.run_name,
    waiting.first_seen AS missing_since,
    CAST(NULL AS INT64) AS times
  FROM waiting
  INNER JOIN untimed ON untimed.service_name = waiting.service_name AND untimed.run_name = waiting.run_name
  LEFT JOIN good ON good.service_name = waiting.service_name AND good.run_name = waiting.run_name
  WHERE waiting.recovered_at IS NULL AND IFNULL(good.last_good < waiting.first_seen, TRUE)
),

listed AS (
  SELECT
    missed.failing_service,
    missed.example_id,
    ARRAY_AGG(
      STRUCT(
        missed.service_name AS service_name,
        missed.run_name AS run_name,
        missed.missing_since AS missing_since,
        missed.times AS times
      )
      ORDER BY missed.missing_since, missed.service_name, missed.run_name
    ) AS did_not_run
  FROM missed
  GROUP BY missed.failing_service, missed.example_id
)

SELECT failures.*, IFNULL(listed.did_not_run, []) AS did_not_run
FROM failures
LEFT JOIN listed ON listed.failing_service = failures.service_name AND listed.example_id = failures.example_id
