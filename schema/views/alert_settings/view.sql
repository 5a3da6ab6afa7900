-- Of what a load says of a rule and a service, the service's own row counts before that of every service, and then the
-- rule's own before that of every rule: `place` is the order. What no row says is the rule's own.
WITH policy AS (
  SELECT said.*
  FROM `${dataset}`.alert_policy AS said
  INNER JOIN `${dataset}`.newest_loads AS newest ON newest.load_id = said.load_id
  WHERE newest.table_name = 'alert_policy'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY said.load_row ORDER BY said.rule) = 1
),

-- Behind all that is said stands a row that says nothing: BigQuery joins left by equality alone.
statements AS (
  SELECT rule, service_name, threshold, window_minutes, severity, route, renotify, enabled, owner
  FROM policy
  UNION ALL
  SELECT '*', '*', NULL, NULL, NULL, NULL, NULL, NULL, NULL
),

services AS (
  SELECT DISTINCT service_name
  FROM statements
),

said AS (
  SELECT
    rules.rule,
    rules.threshold AS rule_threshold,
    rules.window_minutes AS rule_window_minutes,
    rules.severity AS rule_severity,
    services.service_name,
    statements.threshold,
    statements.window_minutes,
    statements.severity,
    statements.route,
    statements.renotify,
    statements.enabled,
    statements.owner,
    IF(statements.service_name = '*', 2, 0) + IF(statements.rule = '*', 1, 0) AS place
  FROM `${dataset}`.alert_rules AS rules
  CROSS JOIN services
  INNER JOIN statements
    ON statements.rule IN (rules.rule, '*') AND statements.service_name IN (services.service_name, '*')
),

settled AS (
  SELECT
    rule,
    service_name,
    IFNULL(ANY_VALUE(threshold HAVING MIN IF(threshold IS NULL, 9, place)), MIN(rule_threshold)) AS threshold,
    IFNULL(ANY_VALUE(window_minutes HAVING MIN IF(window_minutes IS NULL, 9, place)), MIN(rule_window_minutes))
      AS window_minutes,
    IFNULL(ANY_VALUE(severity HAVING MIN IF(severity IS NULL, 9, place)), MIN(rule_severity)) AS severity,
    IFNULL(ANY_VALUE(route HAVING MIN IF(route IS NULL, 9, place)), 'log') AS route,
    ANY_VALUE(renotify HAVING MIN IF(IFNULL(ARRAY_LENGTH(renotify), 0) = 0, 9, place)) AS renotify,
    IFNULL(ANY_VALUE(enabled HAVING MIN IF(enabled IS NULL, 9, place)), TRUE) AS is_enabled,
    ANY_VALUE(owner HAVING MIN IF(owner IS NULL, 9, place)) AS owner
  FROM said
  GROUP BY rule, service_name
)

SELECT
  rule,
  service_name,
  threshold,
  window_minutes,
  severity,
  route,
  IF(
    IFNULL(ARRAY_LENGTH(renotify), 0) = 0,
    ARRAY<STRUCT<after_minutes INT64, route STRING>>[(60, NULL), (240, NULL), (1440, NULL)],
    renotify
  ) AS renotify,
  is_enabled,
  owner
FROM settled
