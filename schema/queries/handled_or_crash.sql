-- What did services survive, and what ended a call or the process?
-- @days INT64 = 1
WITH told AS (
  SELECT
    service_name,
    occurrences,
    CASE
      WHEN error_type IN ('ContainerExit', 'Signal', 'OutOfMemory') OR is_startup THEN 'crash'
      WHEN 'ContainerExit' IN UNNEST(symptoms) OR 'Signal' IN UNNEST(symptoms) THEN 'crash'
      WHEN handled THEN 'handled'
      ELSE 'unhandled'
    END AS outcome
  FROM incidents
  WHERE first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
)

SELECT
  service_name,
  SUM(occurrences) AS occurrences,
  SUM(IF(outcome = 'handled', occurrences, 0)) AS handled,
  SUM(IF(outcome = 'unhandled', occurrences, 0)) AS unhandled,
  SUM(IF(outcome = 'crash', occurrences, 0)) AS crashes
FROM told
GROUP BY service_name
ORDER BY crashes DESC, unhandled DESC, service_name
