-- One problem, one alert: an alert that is a symptom of another one that fires is not told. The other is told as severe
-- as the worst of both, where each of them would be, and says what follows from it.
WITH firing AS (
  SELECT rule, service_name, subject, fingerprint, revision, severity, title, reason, first_seen, last_seen, occurrences, symptom_of,
    evident_us, ended_us, owner, links
  FROM `${dataset}`.firing_errors
  UNION ALL
  SELECT rule, service_name, subject, fingerprint, revision, severity, title, reason, first_seen, last_seen, occurrences, symptom_of,
    evident_us, ended_us, owner, links
  FROM `${dataset}`.firing_runs
  UNION ALL
  SELECT rule, service_name, subject, fingerprint, revision, severity, title, reason, first_seen, last_seen, occurrences, symptom_of,
    evident_us, ended_us, owner, links
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
    firing.revision,
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
    firing.symptom_of,
    firing.evident_us,
    firing.ended_us
  FROM firing
  INNER JOIN `${dataset}`.alert_settings AS every ON every.rule = firing.rule AND every.service_name = '*'
  LEFT JOIN `${dataset}`.alert_settings AS own
    ON own.rule = firing.rule AND own.service_name = firing.service_name
  LEFT JOIN owners ON owners.service_name = firing.service_name
  LEFT JOIN `${dataset}`.error_group_states AS states ON states.fingerprint = firing.fingerprint
  WHERE COALESCE(own.is_enabled, every.is_enabled)
),

-- Each alert stands under its own names, its key, and its rule and service; and under those of which it is a symptom.
named AS (
  SELECT
    settled.*,
    name,
    name NOT IN (settled.alert_key, settled.rule || ':' || settled.service_name) AS is_symptom
  FROM settled
  CROSS JOIN UNNEST(
    ARRAY_CONCAT([settled.alert_key, settled.rule || ':' || settled.service_name], settled.symptom_of)
  ) AS name
),

-- What was hidden while its cause fired is no news when the cause is over, unless it goes on.
heard AS (
  SELECT
    *,
    is_symptom AND IFNULL(evident_us <= MAX(IF(is_symptom, NULL, ended_us)) OVER (PARTITION BY name), FALSE) AS is_echo
  FROM named
),

live AS (
  SELECT *
  FROM heard
  WHERE ended_us IS NULL
  QUALIFY NOT LOGICAL_OR(is_echo) OVER (PARTITION BY alert_key)
),

consequences AS (
  SELECT
    cause.alert_key,
    MAX(STRPOS('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', symptom.severity)) AS worst,
    ARRAY_TO_STRING(
      ARRAY_AGG(
        DISTINCT symptom.rule || IF(symptom.service_name = cause.service_name, '', ' of ' || symptom.service_name)
        ORDER BY symptom.rule || IF(symptom.service_name = cause.service_name, '', ' of ' || symptom.service_name)
      ),
      ', '
    ) AS words,
    ARRAY_AGG(DISTINCT symptom.alert_key ORDER BY symptom.alert_key) AS symptoms,
    ARRAY_AGG(DISTINCT symptom.route ORDER BY symptom.route) AS routes
  FROM live AS symptom
  INNER JOIN live AS cause ON cause.name = symptom.name
  WHERE symptom.is_symptom AND NOT cause.is_symptom
  GROUP BY cause.alert_key
),

placed AS (
  SELECT *, is_symptom AND LOGICAL_OR(NOT is_symptom) OVER (PARTITION BY name) AS is_part
  FROM live
),

told AS (
  SELECT *
  FROM placed
  WHERE TRUE
  QUALIFY name = alert_key AND NOT LOGICAL_OR(is_part) OVER (PARTITION BY alert_key)
)

SELECT
  told.alert_key,
  told.rule,
  IF(
    consequences.worst > STRPOS('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', told.severity),
    REGEXP_EXTRACT(SUBSTR('INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY', consequences.worst), r'^[A-Z]+'),
    told.severity
  ) AS severity,
  told.service_name,
  told.fingerprint,
  SUBSTR(told.title, 1, 400) AS title,
  SUBSTR(told.reason || IFNULL('; from it follow: ' || consequences.words, ''), 1, 400) AS reason,
  told.first_seen,
  told.last_seen,
  told.occurrences,
  told.route,
  told.owner,
  told.links,
  told.renotify,
  told.state,
  told.revision,
  IFNULL(consequences.symptoms, []) AS symptoms,
  IFNULL(consequences.routes, []) AS symptom_routes
FROM told
LEFT JOIN consequences USING (alert_key)
