-- What is true of runs at any moment within a rule's window. docs/views.md says when each rule fires, and of which other
-- alert it may be a symptom: what a run waits for is told, and not the run that waits.
WITH firing AS (
  SELECT rule, service_name, subject, severity, title, reason, first_seen, last_seen, occurrences, evident_us, ended_us, owner, runbook
  FROM `${dataset}`.firing_checks
  UNION ALL
  SELECT rule, service_name, subject, severity, title, reason, first_seen, last_seen, occurrences, evident_us, ended_us, owner, runbook
  FROM `${dataset}`.firing_silence
  UNION ALL
  SELECT rule, service_name, subject, severity, title, reason, first_seen, last_seen, occurrences, evident_us, ended_us, owner, runbook
  FROM `${dataset}`.firing_phases
  UNION ALL
  SELECT rule, service_name, subject, severity, title, reason, first_seen, last_seen, occurrences, evident_us, ended_us, owner, runbook
  FROM `${dataset}`.firing_streaks
  UNION ALL
  SELECT rule, service_name, subject, severity, title, reason, first_seen, last_seen, occurrences, evident_us, ended_us, owner, runbook
  FROM `${dataset}`.firing_triggers
),

-- What a run waits for, and what any run of a service does.
waiting AS (
  SELECT DISTINCT service_name, subject, upstream_service, upstream_run
  FROM `${dataset}`.upstream_runs
  CROSS JOIN UNNEST([run_name, IF(upstream_service != service_name, 'silence', run_name)]) AS subject
),

causes AS (
  SELECT
    service_name,
    subject,
    ARRAY_CONCAT(
      ARRAY_AGG(CONCAT('startup_failure:', upstream_service) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('trigger_missing:', upstream_service) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('missing_run:', upstream_service, ':', upstream_run) ORDER BY upstream_service, upstream_run),
      ARRAY_AGG(CONCAT('stalled_run:', upstream_service, ':', upstream_run) ORDER BY upstream_service, upstream_run)
    ) AS symptom_of
  FROM waiting
  GROUP BY service_name, subject
)

SELECT
  firing.rule,
  firing.service_name,
  firing.subject,
  CAST(NULL AS STRING) AS fingerprint,
  CAST(NULL AS STRING) AS revision,
  firing.severity,
  firing.title,
  firing.reason,
  firing.first_seen,
  firing.last_seen,
  firing.occurrences,
  ARRAY_CONCAT(
    IF(firing.rule IN ('trigger_missing', 'no_data_streak'), [], [CONCAT('startup_failure:', firing.service_name)]),
    IF(
      firing.rule IN ('missing_run', 'stalled_run', 'run_gap', 'stale_service'),
      [CONCAT('trigger_missing:', firing.service_name)],
      []
    ),
    IF(
      firing.rule = 'stale_service',
      [CONCAT('missing_run:', firing.service_name), CONCAT('stalled_run:', firing.service_name)],
      []
    ),
    IF(
      firing.rule IN ('run_gap', 'no_data_streak'),
      [CONCAT('missing_run:', firing.service_name, ':', firing.subject)],
      []
    ),
    IF(causes.subject IS NULL OR firing.rule IN ('phase_failing', 'trigger_missing'), [], causes.symptom_of)
  ) AS symptom_of,
  firing.evident_us,
  firing.ended_us,
  firing.owner,
  IF(firing.runbook IS NULL, [], [STRUCT('runbook' AS name, firing.runbook AS url)]) AS links
FROM firing
LEFT JOIN causes ON causes.service_name = firing.service_name AND causes.subject = firing.subject
