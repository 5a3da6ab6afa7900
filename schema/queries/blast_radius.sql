-- How far does a group reach: in how many traces, and what else failed in them?
-- @days INT64 = 1
WITH told AS (
  SELECT trace, service_name, fingerprint, MAX(error_type) AS error_type, SUM(occurrences) AS occurrences
  FROM incidents
  WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY) AND trace IS NOT NULL
  GROUP BY trace, service_name, fingerprint
),

reached AS (
  SELECT trace, COUNT(DISTINCT service_name) AS services, COUNT(DISTINCT fingerprint) AS groups_of_trace
  FROM told
  GROUP BY trace
)

SELECT
  told.fingerprint,
  MAX(told.error_type) AS error_type,
  COUNT(DISTINCT told.trace) AS traces,
  SUM(told.occurrences) AS occurrences,
  COUNT(DISTINCT told.service_name) AS services,
  MAX(reached.services) AS most_services_in_a_trace,
  MAX(reached.groups_of_trace) - 1 AS most_other_groups_in_a_trace
FROM told
JOIN reached ON reached.trace = told.trace
GROUP BY told.fingerprint
ORDER BY traces DESC, fingerprint
LIMIT 50
