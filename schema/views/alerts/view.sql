-- One problem, one alert: an alert that is a symptom of another one that fires is not told. The other is told as severe
-- as the worst of both, and says what follows from it.
WITH firing AS (
  SELECT rule, service_name, subject, fingerprint, severity, title, reason, first_seen, last_seen, occurrences, symptom_of, owner, links
  FROM `${dataset}`.firing_errors
  UNION ALL
  SELECT rule, service_name, subject, fingerprint, severity, title, reason, first_seen, last_seen, occurrences, symptom_of, owner, links
  FROM `${dataset}`.firing_runs
  UNION ALL
  SELECT rule, service_name, subject, fingerprint, severity, title, reason, first_seen, last_seen, occurrences, symptom_of, owner, links
  FROM `${dataset}`.firing_sink
),

owners AS (
  SELECT service_name, MAX(owner) AS owner
  FROM `${dataset}`.expected_runs_now
  GROUP BY service_name
),

settled AS (
  SELECT
    firing.rule || ':' || firing.service_name || ':' || firing.subject AS alert_key,
    firing.rule,
    COALESCE(own.severity, every.severity, firing.severity, 'ERROR') AS severity,
    firing.service_name,
    firing.fingerprint,
    firing.title,
    firing.reason,
    firing.first_seen,
    firing.last_seen,
    firing.occurrences,
    COALESCE(own.route, every.route) AS route,
    COALESCE(states.owner, own.owner, every.owner, firing.owner, owners.owner) AS owner,
    firing.links,
    IF(own.rule IS NULL, every.renotify, own.renotify) AS renotify,
    CASE
      WHEN states.state = 'resolved' AND firing.rule = 'regressed' THEN 'regressed'
      -- What is muted does not fire: this mute is over.
      WHEN states.state = 'muted' THEN 'open'
      ELSE states.state
    END AS state,
    firing.symptom_of
  FROM firing
  INNER JOIN `${dataset}`.alert_settings AS every ON every.rule = firing.rule AND every.service_name = '*'
  LEFT JOIN `${dataset}`.alert_settings AS own
    ON own.rule = firing.rule AND own.service_name = firing.service_name
  LEFT JOIN owners ON owners.service_name = firing.service_name
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = firing.fingerprint
  WHERE COALESCE(own.is_enabled, every.is_enabled)
),

causes AS (
  SELECT settled.alert_key, settled.rule, settled.severity, cause
  FROM settled
  CROSS JOIN UNNEST(settled.symptom_of) AS cause
),

-- Every pair of a symptom and what it is one of.
follows AS (
  SELECT
    causes.alert_key AS symptom_key,
    causes.rule AS symptom_rule,
    causes.severity AS symptom_severity,
    settled.alert_key
  FROM causes
  INNER JOIN settled
    ON (settled.alert_key = causes.cause OR STARTS_WITH(settled.alert_key, causes.cause || ':'))
    AND settled.alert_key != causes.alert_key
),

consequences AS (
  SELECT
    alert_key,
    MAX(STRPOS('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', symptom_severity)) AS worst,
    ARRAY_TO_STRING(ARRAY_AGG(DISTINCT symptom_rule ORDER BY symptom_rule), ', ') AS rules
  FROM follows
  GROUP BY alert_key
),

symptoms AS (
  SELECT DISTINCT symptom_key AS alert_key, TRUE AS is_symptom
  FROM follows
)

SELECT
  settled.alert_key,
  settled.rule,
  IF(
    consequences.worst > STRPOS('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', settled.severity),
    REGEXP_EXTRACT(SUBSTR('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', consequences.worst), r'^[A-Z]+'),
    settled.severity
  ) AS severity,
  settled.service_name,
  settled.fingerprint,
  SUBSTR(settled.title, 1, 400) AS title,
  SUBSTR(settled.reason || IFNULL('; from it follow: ' || consequences.rules, ''), 1, 400) AS reason,
  settled.first_seen,
  settled.last_seen,
  settled.occurrences,
  settled.route,
  settled.owner,
  settled.links,
  settled.renotify,
  settled.state
FROM settled
LEFT JOIN consequences USING (alert_key)
LEFT JOIN symptoms USING (alert_key)
WHERE symptoms.is_symptom IS NULL
