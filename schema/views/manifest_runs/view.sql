-- A service that the policy names has settings of its own for every rule.
WITH named AS (
  SELECT DISTINCT service_name
  FROM `${dataset}`.alert_settings
)

SELECT
  expected.service_name,
  expected.run_name,
  MAX(expected.phase) AS phase,
  MAX(expected.trigger_name) AS trigger_name,
  MAX(expected.time_zone) AS time_zone,
  MAX(expected.grace_minutes) AS grace_minutes,
  MIN(expected.known_since) AS known_since,
  MAX(expected.owner) AS owner,
  MAX(expected.runbook) AS runbook,
  IFNULL(MAX(named.service_name), '*') AS settings_of
FROM `${dataset}`.expected_runs_now AS expected
LEFT JOIN named ON named.service_name = expected.service_name
GROUP BY expected.service_name, expected.run_name
